# shellcheck shell=sh disable=SC2034,SC2154
# Sourced by pause_replication.sh: the role with which FIS pauses one table's replication, and may do nothing else.

# make_role: sets `role`, its ARN, and `role_made`, when it was made, in seconds (0: long ago).
make_role() {
    role_made=0
    if ! find_role "$region"; then
        aws_shown "$region" iam create-role --role-name "$pause" --assume-role-policy-document "$(trust_policy)" \
            --output text --query Role.Arn || stop "$(explain)"
        role=$(cat "$work/answer")
        role_made=$(date +%s)
        remember "role $pause created"
    fi
    aws_shown "$region" iam put-role-policy --role-name "$pause" --policy-name "$region" \
        --policy-document "$(pause_policy)" || stop "$(explain)"
}

# trust_policy: FIS may take the role on, for experiments of this account.
trust_policy() {
    _account=${arn#arn:*:dynamodb:*:}
    _account=${_account%%:*}
    tr -d ' \n' <<END
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Service": "fis.amazonaws.com"},
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {"aws:SourceAccount": "$_account"},
        "ArnLike": {"aws:SourceArn": "arn:aws:fis:*:$_account:experiment/*"}
      }
    }
  ]
}
END
}

# pause_policy: FIS changes the policies of the table and of its stream; for a strongly consistent one it injects errors.
pause_policy() {
    _anywhere='"tag:GetResources"'
    if [ "$consistency" = STRONG ]; then
        _anywhere='"tag:GetResources", "dynamodb:InjectError"'
    fi
    tr -d ' \n' <<END
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "dynamodb:DescribeTable",
        "dynamodb:GetResourcePolicy",
        "dynamodb:PutResourcePolicy",
        "dynamodb:DeleteResourcePolicy"
      ],
      "Resource": ["$arn", "$arn/stream/*"]
    },
    {"Effect": "Allow", "Action": [$_anywhere], "Resource": "*"}
  ]
}
END
}
