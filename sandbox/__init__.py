"""A local DynamoDB with global tables: the workshop without an AWS account.

It answers boto3 and the AWS CLI over HTTP, keeps every region's tables apart, and copies what one
replica accepts to the others after a lag; the last writer wins. moto does the rest of DynamoDB.

docs/sandbox.md lists how it differs from AWS.
"""
