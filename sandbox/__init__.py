"""A local DynamoDB with global tables: the workshop without an AWS account.

It answers boto3 and the AWS CLI over HTTP, keeps every region's tables apart, and copies what one
replica accepts to the others after a lag; the last writer wins. moto does the rest of DynamoDB.

Known differences from AWS:

- State is in memory and ends with the sandbox. Everybody is one account; nothing is authorised.
- Tables are never throttled: capacity is checked and shown, not enforced. Consumed capacity in
  answers is nominal.
- A new table is ACTIVE at once, and a replica is CREATING or DELETING for a second. On AWS
  creating takes up to a minute, ten where the table holds items, and deleting some minutes.
- Version 2017.11.29 keeps its `aws:rep:*` attributes out of the items, and a write counts once in
  each region in ConsumedWriteCapacityUnits.
- Version 2019.11.21 copies items, keys, indexes, the stream, billing mode and throughput to a new
  replica; later changes to time to live, indexes or encryption stay in their region. Replicas
  cannot be disassociated, there is no multi-Region strong consistency, and no account but one.
- Time to live is stored and never deletes an item. Nothing is restored, imported or exported.
- Application Auto Scaling keeps targets and policies, any number of them, and scales nothing.
- CloudWatch has ReplicationLatency, PendingReplicationCount and ConsumedWriteCapacityUnits, and
  has them at once.
- PartiQL is not served: ExecuteStatement, BatchExecuteStatement and ExecuteTransaction are unknown
  operations.
- A stream has one shard, and keeps its latest 10,000 records or more.
- Only DynamoDB, its streams, CloudWatch, Application Auto Scaling and STS are served.
"""
