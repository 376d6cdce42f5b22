"""The Fault Injection Service (AWS FIS), as far as it pauses the replication of global tables.

- `service`: its calls, which `http` reads.
- `templates`, `experiments`: what a template may say; what an experiment does with it.
- `pause`: what happens to a replica; `statements`: what the resource policies show meanwhile.
- `permissions`: what the policies of an experiment's role allow.
"""
