"""Everything `handrail check` says about playbooks: each alone (`check_alone`), and with the files they name (`check_playbooks`)."""

from flows.checks.alone import check_alone
from flows.checks.files import check_playbooks

__all__ = ["check_alone", "check_playbooks"]
