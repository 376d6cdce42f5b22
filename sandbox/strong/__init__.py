"""Global tables with multi-Region strong consistency.

- `groups`: how one is made and dissolved; `rules`: what UpdateTable refuses about it.
- `calls`: the calls on its items, which wait for another region.
- `consistency`: the one order of all writes and strongly consistent reads.
"""
