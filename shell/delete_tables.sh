# shellcheck shell=sh disable=SC2154
# Sourced by cleanup_global_table.sh: deletes the table in each region of `doomed`. A global table goes in the one order
# that DynamoDB allows: the newest replica first, the table from which the others were made last, one after another.
# A strongly consistent one loses all replicas but the oldest, and its witness, in one call.

asked=' ' # regions for whose table DynamoDB has accepted the deletion
kept=' '  # regions whose table DynamoDB keeps, as a replica was made from it

# doom REGION
doom() {
    case " $doomed " in
    *" $1 "*) ;;
    *) doomed="${doomed:+$doomed }$1" ;;
    esac
}

# doom_replicas: those that the last description names; in regions that were not named they stay.
doom_replicas() {
    for _other in $others; do
        _other=${_other%=*}
        if is_named "$_other"; then
            doom "$_other"
            continue
        fi
        case " $unnamed " in
        *" $_other "*) ;;
        *) unnamed="${unnamed:+$unnamed }$_other" ;;
        esac
    done
}

# spare REGION WHY: its table stays.
spare() {
    could_not "Table $table in $1 stays: $2"
    _rest=''
    for _region in $doomed; do
        [ "$_region" = "$1" ] || _rest="${_rest:+$_rest }$_region"
    done
    doomed=$_rest
    unnamed="${unnamed:+$unnamed }$1"
    named=" $(printf '%s' "$named" | sed "s/ $1 / /") "
}

# Version 2017.11.29: a table that leaves its group is a table of its own, and keeps its items.
leave_legacy_group() {
    poll_begins
    for region in $group; do
        is_named "$region" || continue
        until aws_shown_once "$region" dynamodb update-global-table --global-table-name "$table" \
            --replica-updates "Delete={RegionName=$region}"; do
            if refused NotFoundException; then
                break
            fi
            refused ResourceInUseException || stop "$(explain)"
            poll "global table $table is in use"
        done
        remember "$region taken out of the global table"
    done
    while in_legacy_group; do
        poll "global table $table is $group_status"
    done
}

# in_legacy_group: whether a named region still belongs to the group.
in_legacy_group() {
    [ -n "$group" ] && find_legacy_group "${plain%% *}" || return
    for region in $group; do
        ! is_named "$region" || return 0
    done
    return 1
}

# In rounds: each looks at all tables that are left, as a replica may appear late, and asks for one deletion at most.
delete_tables() {
    poll_begins
    while look_at_tables; do
        if delete_newest; then
            poll "$waiting"
        fi
    done
}

# look_at_tables: whether any are left. Sets `left`, a line for each, "CREATED REGION STATUS CONSISTENCY WITNESS=STATUS
# OTHER=STATUS ...", the newest first, and `waiting`, the same for a person.
look_at_tables() {
    left='' waiting=''
    for region in $doomed; do
        describe "$region"
        if [ "$status" = NONE ]; then
            continue
        fi
        doom_replicas
        case $kept in
        *" $region "*) created=0 ;;
        esac
        left="$left$created $region $status $consistency${witness% }$others
"
        waiting="${waiting:+$waiting, }$table in $region is still $status"
    done
    left=$(printf '%s' "$left" | LC_ALL=C sort -r)
    [ -n "$left" ]
}

# delete_newest: asks for the deletion, unless that is done already, or DynamoDB is still changing a replica. Fails where
# the next round need not wait.
delete_newest() {
    _oldest=$(printf '%s\n' "$left" | sed -n '$s/^[^ ]* \([^ ]*\) .*/\1/p')
    # shellcheck disable=SC2046 # words
    set -- $(printf '%s\n' "$left" | sed 1q)
    shift
    case $asked,$* in
    *" $1 "*,* | *CREATING* | *UPDATING* | *DELETING*) return ;;
    esac
    if [ "$3" = STRONG ] && [ -n "$unnamed" ]; then
        # shellcheck disable=SC2086 # words
        spare "$1" "AWS deletes the replicas of a strongly consistent table together. To delete it, name $(in_words $unnamed) as well."
        return 1
    fi
    case $3,$1,$* in
    STRONG,"$_oldest",*=*) return ;; # its replicas and its witness are being deleted, or do not show yet
    esac
    if delete_table "$@"; then
        asked="$asked$1 "
        remember "deletion of table $table in $1 asked for"
        poll_begins
    elif refused 'acted as a source'; then
        keep_for_now "$1"
    elif ! refused ResourceInUseException && ! refused ResourceNotFoundException && ! refused InternalServerError &&
        ! refused 'until all writes are replicated' && ! refused 'were not part of the global table'; then
        spare "$1" "$(explain)"
        return 1
    fi
}

# delete_table REGION STATUS CONSISTENCY OTHER=STATUS ...: a replica of the oldest table is deleted through that one.
delete_table() {
    case "$3,$* " in
    STRONG,*) dissolve ;;
    *" $_oldest="*)
        aws_shown_once "$_oldest" dynamodb update-table --table-name "$table" \
            --replica-updates "Delete={RegionName=$1}"
        ;;
    *) aws_shown_once "$1" dynamodb delete-table --table-name "$table" ;;
    esac
}

# dissolve: deletes all replicas but the oldest table, and the witness. The oldest is a table of its own then.
dissolve() {
    describe "$_oldest"
    set -- --replica-updates
    for _other in $others; do
        set -- "$@" "Delete={RegionName=${_other%=*}}"
    done
    for _other in $witness; do
        set -- "$@" --global-table-witness-updates "Delete={RegionName=${_other%=*}}"
    done
    aws_shown_once "$_oldest" dynamodb update-table --table-name "$table" "$@"
}

# keep_for_now REGION: the others go first. Where none are left, and replicas stay, so does this table.
keep_for_now() {
    case $kept,$unnamed in
    *" $1 "*,) ;; # a replica that DynamoDB does not show yet, or is deleting
    *" $1 "*,*)
        # shellcheck disable=SC2086 # words
        spare "$1" "DynamoDB keeps it while replicas stay that may have been made from it, in $(in_words $unnamed). To delete it, name these regions as well."
        return 1
        ;;
    *)
        kept="$kept$1 "
        return 1
        ;;
    esac
}
