"""The items of the tables, and the calls that read and write them.

- `keys`: a table's keys and indexes, and whether a key or an item fits them.
- `store`: the items of one table, and how they are found.
- `sizes`, `units`: how large an item is, and what it costs to read and write.
- `streams`: what has changed in a table.
- `table`: all of that together, as the calls see a table.
- `reads`, `searches`: GetItem and BatchGetItem; Query and Scan.
- `writes`, `transactions`: PutItem, UpdateItem, DeleteItem and BatchWriteItem; transactions.
- `calls`: all of these calls.
"""
