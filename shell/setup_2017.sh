# shellcheck shell=sh disable=SC2154
# Sourced by setup_global_table.sh. Version 2017.11.29 of global tables, by the exercise's own commands: tables that
# exist, and are empty, are joined to a group. AWS refuses the version before it looks for the tables, so the command
# that joins them comes first: where the version is refused, nothing has been created.

set_up_2017() {
    for region in $without_stream; do
        in_the_way "$region" 'has no stream, and needs one of NEW_AND_OLD_IMAGES'
    done
    for region in $plain; do
        await_active "$region"
    done
    if [ -n "$plain" ] && find_legacy_group "${plain%% *}"; then
        for region; do
            case $group in
            *" $region "*) ;;
            *) join add_to_group "$region" ;;
            esac
        done
    else
        join create_group "$@"
    fi
    await_group "$@"
}

# confirm_2017 REGION ...: the group exists; AWS still serves it, but adds no regions to it.
confirm_2017() {
    for region; do
        case $group in
        *" $region "*) ;;
        *)
            # shellcheck disable=SC2086 # words
            stop "table $table is a global table of version 2017.11.29 in $(in_words $group). AWS adds no regions to this version, so $region needs another table name."
            ;;
        esac
    done
    await_group "$@"
}

# join COMMAND REGION ...: joins the tables in these regions, after making those that are missing.
join() {
    if [ -n "$missing" ]; then
        echo 'Is version 2017.11.29 served? This creates nothing yet, as there are no tables to join:'
    fi
    if "$@"; then
        return
    fi
    if ! refused TableNotFoundException; then
        _reason=$(explain)
        check_empty
        stop "$_reason"
    fi
    echo 'It is. The tables come first:'
    check_empty
    for region in $missing; do
        if [ -n "$on_demand" ]; then # all tables of a group have one billing mode
            create_table "$region" --billing-mode PAY_PER_REQUEST
        else
            create_table "$region" --provisioned-throughput ReadCapacityUnits=30,WriteCapacityUnits=30
        fi
    done
    for region in $missing; do
        await_active "$region"
    done
    missing=''
    "$@" || stop "$(explain)"
}

create_group() {
    _first=$1
    for region; do
        set -- "$@" "RegionName=$region"
        shift
    done
    aws_shown "$_first" dynamodb create-global-table --global-table-name "$table" --replication-group "$@" ||
        joined_already || return
    remember "global table $table created"
}

add_to_group() {
    _member=${group# }
    aws_shown "${_member%% *}" dynamodb update-global-table --global-table-name "$table" \
        --replica-updates "Create={RegionName=$1}" || joined_already || return
    remember "replica added in $1"
}

# joined_already: whether the last call found that another set-up had done the same. Ends the script where AWS does not
# serve the version.
joined_already() {
    if refused '2017.11.29 is not supported'; then
        _clean_up=''
        if [ -n "$plain" ]; then
            _clean_up="./cleanup_global_table.sh${arguments:+ $arguments} (it asks before it deletes), then "
        fi
        stop "AWS no longer makes global tables of version 2017.11.29. Nothing has been created. For one of today's version, type: $_clean_up./setup_global_table.sh${arguments:+ $arguments}"
    fi
    refused GlobalTableAlreadyExistsException || refused ReplicaAlreadyExistsException
}

# check_empty: no table in the way holds items.
check_empty() {
    for region in $plain; do
        if holds_items "$region"; then
            in_the_way "$region" 'holds items, and a global table of version 2017.11.29 is made of empty tables'
        fi
    done
}

# await_group REGION ...: until the group and its tables are ACTIVE.
await_group() {
    poll_begins
    until find_legacy_group "$1" && [ "$group_status" = ACTIVE ]; do
        poll "global table $table is $group_status"
    done
    for region; do
        await_active "$region"
        report "$region" 2017.11.29
    done
}
