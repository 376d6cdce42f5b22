# shellcheck shell=sh disable=SC2154
# Sourced by pause_replication.sh: the experiment of FIS that pauses the table, and its template.

# find_running: sets `experiment` to the one that pauses the table, or is about to.
find_running() {
    aws_shown "$region" fis list-experiments --output text --query "experiments[?tags.Name=='$pause' &&
        contains(['pending', 'initiating', 'running', 'stopping'], state.status)].id" || stop "$(explain)"
    experiment=$(tr '\t' '\n' <"$work/answer" | sed 1q)
    if [ -z "$experiment" ] && [ -n "$arn" ]; then
        find_pause "$region" # that somebody else has started
    fi
}

# make_template: sets `template`, the id of one that pauses the table for so many minutes.
make_template() {
    _description="pause the replication of $table into and out of $region for $minutes minutes"
    find_templates "$region"
    template=$(sed -n "s/	$_description\$//p" "$work/templates" | sed 1q)
    if [ -n "$template" ]; then
        return
    fi
    aws_shown "$region" fis create-experiment-template --description "$_description" \
        --targets "table={resourceType=aws:dynamodb:global-table,resourceArns=[$arn],selectionMode=ALL}" \
        --actions "pause={actionId=aws:dynamodb:global-table-pause-replication,parameters={duration=PT${minutes}M},targets={Tables=table}}" \
        --stop-conditions source=none --role-arn "$role" --tags "Name=$pause" \
        --output text --query experimentTemplate.id || stop "$(explain)"
    template=$(cat "$work/answer")
    remember "experiment template $template created"
}

start() {
    aws_shown "$region" fis start-experiment --experiment-template-id "$template" --tags "Name=$pause" \
        --output text --query experiment.id || stop "$(explain)"
    experiment=$(cat "$work/answer")
    remember "experiment $experiment started"
}

# await_running: until the experiment runs. FIS may not see a new role at first; the experiment fails then, and another
# one is started.
await_running() {
    poll_begins
    while has_ended "$region" || [ "$experiment_status" != running ]; do
        case $experiment_status in
        failed)
            if [ $(($(date +%s) - ${role_made:-0})) -gt 60 ]; then
                stop "experiment $experiment has failed: $reason"
            fi
            poll "experiment $experiment has failed: $reason"
            start
            ;;
        completed | stopped | cancelled) stop "experiment $experiment has ended: run this again." ;;
        *) poll "experiment $experiment is $experiment_status" ;;
        esac
    done
}
