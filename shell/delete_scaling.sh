# shellcheck shell=sh disable=SC2154
# Sourced by cleanup_global_table.sh. DynamoDB deletes neither targets nor policies of auto scaling with a table.

# find_scaling REGION: notes the targets in $work/found, for a person, and in $work/scaling.
find_scaling() {
    if ! aws_shown "$1" application-autoscaling describe-scalable-targets --service-namespace dynamodb \
        --resource-ids "table/$table" --output text --query 'ScalableTargets[].[ScalableDimension]'; then
        could_not "Auto scaling in $1 is left as it is: $(explain)"
        return
    fi
    while read -r _dimension; do
        echo "$1 $_dimension" >>"$work/scaling"
        echo "  auto scaling of $table in $1: $_dimension" >>"$work/found"
    done <"$work/answer"
}

delete_scaling() {
    while read -r region dimension; do
        set -- --service-namespace dynamodb --resource-id "table/$table" --scalable-dimension "$dimension"
        if ! aws_shown "$region" application-autoscaling describe-scaling-policies "$@" --output text --query 'ScalingPolicies[].[PolicyName]'; then
            could_not "Auto scaling in $region stays: $(explain)"
            continue
        fi
        cp "$work/answer" "$work/policies"
        while read -r policy; do
            aws_shown "$region" application-autoscaling delete-scaling-policy "$@" --policy-name "$policy" ||
                refused ObjectNotFoundException || could_not "Scaling policy $policy in $region stays: $(explain)"
        done <"$work/policies"
        aws_shown "$region" application-autoscaling deregister-scalable-target "$@" ||
            refused ObjectNotFoundException || could_not "Auto scaling in $region stays: $(explain)"
    done <"$work/scaling"
}
