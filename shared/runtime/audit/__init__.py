"""The audit log: each read and write of a person's data, in chains that show when something of them is changed or missing.

`deeds` is what is recorded, `pages` how it is chained, `trail` a process's own chain, `anchoring` what is kept of it outside
the database, `looking` who looks over HTTP, and `python -m shared.runtime.audit` reads and verifies it (docs/data-protection.md).
"""
