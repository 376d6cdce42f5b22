# shellcheck shell=sh
# Steps 9 to 12, of FURTHER.md. run_workshop.sh runs this in the sandbox: play_further.sh [--pause]
set -eu

# shellcheck source=shell/play.sh
. shell/play.sh

if [ "${1-}" = --pause ]; then pause=yes; fi

step 'Steps 2 and 4 again: a table in two regions, with flights'
try './setup_global_table.sh'
try 'python load_flights.py flights ./data/flights_data.csv us-east-2'
until python query_flights.py flights eu-west-1 >/dev/null 2>&1; do sleep 0.2; done # replication needs a moment

step 'Step 9: how long is the lag?'
try 'python lag_flights.py flights us-east-2 eu-west-1 --updates 5'
try "$(
    cat <<'END'
python watch_flights.py flights us-east-2 eu-west-1 --flight 5603280670 --lines &
watcher=$!
sleep 2
python ec_query_flights.py flights 222 us-east-2 eu-west-1 >/dev/null
python multi_update_flights.py flights 111 us-east-2 000 eu-west-1 >/dev/null
kill -INT $watcher
wait $watcher
END
)"

step 'Step 10: the last seat, sold twice; then sold in one region only'
try 'python sell_flights.py flights us-east-2 eu-west-1'
try 'python sell_flights.py flights us-east-2 eu-west-1 --home us-east-2'

step 'Step 11: a region cut off'
try './pause_replication.sh --yes'
try 'python multi_update_flights.py flights 333 us-east-2 444 eu-west-1'
try './pause_replication.sh --resume'
try 'python query_flights.py flights us-east-2'

step 'Step 12: strong everywhere'
try './setup_global_table.sh --strong'
try 'python load_flights.py flights-strong ./data/flights_data.csv us-east-2'
try 'python ec_query_flights.py flights-strong 444 us-east-2 eu-west-1 --consistent-read'
try 'python sell_flights.py flights-strong us-east-2 eu-west-1'
try './cleanup_global_table.sh --yes flights-strong'

printf '\nThat was further. To do it by hand: ./run_workshop.sh shell, and FURTHER.md\n'
