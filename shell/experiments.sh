# shellcheck shell=sh disable=SC2034,SC2154
# Sourced by the scripts that call the AWS CLI: experiments of the AWS Fault Injection Service (FIS) that pause the
# replication of a table, and the template and the role that pause_replication.sh makes for them.

looked_at=' ' # regions where find_pause has looked

# name_pause: sets `pause`, the name of the table's role and templates, and the tag of its experiments.
name_pause() {
    pause=$table-pause-replication
}

# find_pause REGION[=STATUS] ...: sets `experiment`, the id of one that pauses the replica there of the table last
# described, and `paused`, that region. `experiment` is empty if there is none. FIS pauses a replica by statements in its
# resource policy, and names them after the experiment.
find_pause() {
    experiment=''
    for paused; do
        paused=${paused%=*}
        case $looked_at in
        *" $paused "*) continue ;;
        esac
        looked_at="$looked_at$paused "
        _replica=${arn%%:dynamodb:*}:dynamodb:$paused:${arn#*:dynamodb:*:} # its ARN
        if ! aws_shown_once "$paused" dynamodb get-resource-policy --resource-arn "$_replica" --output text --query Policy; then
            refused PolicyNotFoundException || refused ResourceNotFoundException || refused AccessDenied || stop "$(explain)"
            continue
        fi
        experiment=$(tr '"' '\n' <"$work/answer" | sed -n -e 's/ServicePrincipal$//' -e 's/ForApplicationAutoScaling$//' \
            -e 's/^DoNotModifyFisDynamoDbPauseReplication\(EXP.*\)/\1/p' | sed 1q)
        # The statements end by themselves, and may outlast the experiment.
        if [ -n "$experiment" ] && ! has_ended "$paused"; then
            return
        fi
        experiment=''
    done
}

# has_ended REGION: whether `experiment` has. Sets `experiment_status` and `reason`.
has_ended() {
    experiment_status=unknown reason=''
    if ! aws_shown_once "$1" fis get-experiment --id "$experiment" --output text \
        --query 'experiment.state.[status,reason]'; then
        refused AccessDenied || stop "$(explain)"
        return 1
    fi
    read -r experiment_status reason <"$work/answer"
    case $experiment_status in
    completed | stopped | failed | cancelled) ;;
    *) return 1 ;;
    esac
}

# check_not_paused REGION: ends the script while an experiment pauses a replica of the table last described, there or in
# another region.
check_not_paused() {
    # shellcheck disable=SC2086 # words
    find_pause "$1" $others
    if [ -n "$experiment" ]; then
        stop "experiment $experiment pauses the replication of table $table in $paused, and AWS changes no replica before it ends. End it first: ./pause_replication.sh --resume $table $paused"
    fi
}

# find_role REGION: whether the role of the table's pauses exists. Sets `role`, its ARN. (IAM has no regions; the CLI
# wants one.) IAM refuses a name of more than 64 characters, and has no such role.
find_role() {
    role=''
    if [ ${#pause} -gt 64 ]; then
        return 1
    elif ! aws_shown_once "$1" iam get-role --role-name "$pause" --output text --query Role.Arn; then
        refused NoSuchEntity || refused AccessDenied || stop "$(explain)"
        return 1
    fi
    role=$(cat "$work/answer")
}

# find_templates REGION: their ids and descriptions go to $work/templates.
find_templates() {
    aws_shown_once "$1" fis list-experiment-templates --output text \
        --query "experimentTemplates[?tags.Name=='$pause'].[id,description]" || stop "$(explain)"
    cp "$work/answer" "$work/templates"
}

# remove_pause REGION ...: deletes the templates for these regions, takes the rights for them from the role, and deletes
# the role with the last of its rights. The role is made first and goes last: where it is not, nothing is left.
remove_pause() {
    if [ -z "$role" ]; then
        return
    fi
    for region; do
        find_templates "$region"
        while read -r _template _; do
            aws_shown "$region" fis delete-experiment-template --id "$_template" ||
                refused ResourceNotFoundException || stop "$(explain)"
        done <"$work/templates"
        aws_shown "$region" iam delete-role-policy --role-name "$pause" --policy-name "$region" ||
            refused NoSuchEntity || stop "$(explain)"
    done
    aws_shown "$1" iam list-role-policies --role-name "$pause" --output text --query 'PolicyNames[]' ||
        refused NoSuchEntity || stop "$(explain)"
    if [ ! -s "$work/answer" ]; then
        aws_shown "$1" iam delete-role --role-name "$pause" || refused NoSuchEntity || stop "$(explain)"
        remember "role $pause deleted"
    fi
}
