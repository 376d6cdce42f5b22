# shellcheck shell=sh
# The exercise, steps 2 to 7. run_workshop.sh runs this in the sandbox: play_exercise.sh [--legacy] [--pause]
set -eu

# shellcheck source=shell/play.sh
. shell/play.sh

legacy=''
for option; do
    case $option in
    --legacy) legacy=' --legacy' ;;
    --pause) pause=yes ;;
    esac
done

step 'Step 2: a table in two regions, and a global table of them'
try "./setup_global_table.sh$legacy"

step 'Step 3: the capacity that the table has'
try "$(
    cat <<'END'
aws dynamodb describe-table --table-name flights --region us-east-2 --output text \
    --query 'Table.[BillingModeSummary.BillingMode,ProvisionedThroughput.WriteCapacityUnits]'
END
)"

step 'Step 4: write in one region, read in the other'
try 'python load_flights.py flights ./data/flights_data.csv us-east-2'
sleep 1 # as long as a person takes to type; replication needs a moment, too
try 'python scan_flights.py flights eu-west-1'

step 'Step 5: eventually consistent reads'
try 'python query_flights.py flights us-east-2'
try 'python ec_query_flights.py flights 222 us-east-2 eu-west-1'

step 'Step 6: how long replication took, by CloudWatch'
try "$(
    cat <<'END'
aws cloudwatch get-metric-statistics --namespace AWS/DynamoDB --metric-name ReplicationLatency \
    --dimensions Name=TableName,Value=flights Name=ReceivingRegion,Value=eu-west-1 \
    --start-time "$(date -u +%Y-%m-%d)T00:00:00Z" --end-time "$(date -u +%Y-%m-%d)T23:59:59Z" \
    --period 300 --statistics Average Minimum Maximum --region us-east-2 \
    --query 'Datapoints[].[Average,Minimum,Maximum,Unit]' --output text
END
)"

step 'Step 7: the last writer wins'
try 'python multi_update_flights.py flights 111 us-east-2 000 eu-west-1'

printf '\nThat was the exercise. To do it by hand: ./run_workshop.sh shell\n'
