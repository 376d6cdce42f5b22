"""DynamoDB's expressions: read, checked and evaluated as AWS does, on items as the API writes them.

- `values`: what an attribute value may be, and how two of them compare.
- `paths`: where in an item a value is, and what a projection leaves of an item.
- `words`, `parser`, `operands`: from the text of an expression to a tree of `nodes`.
- `conditions`, `updates`, `key_conditions`: what the trees mean.
- `legacy`: the parameters of before 2014 (Expected, AttributeUpdates and so on), as the same trees.
- `request`: all expressions of one request.

The words of the refusals are AWS's of us-east-2 and eu-west-1. Other regions put "1 validation
error detected: " before some of them.
"""
