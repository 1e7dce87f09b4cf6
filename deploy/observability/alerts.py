"""What somebody is woken for, and what can wait till morning: mostly what people feel, and a few causes. Each has a runbook."""

from typing import Any, NamedTuple

from deploy.observability.objectives import FAST, SLOW, burns, recording

CLOCKED = "find|decide|acknowledge|review|mail|put_right"
"""The kinds of the queue with a clock of days (`services/desk/domain/todo.py`): an hour before its end something can be done."""
LATE = "find|decide|review|mail|put_right|task"
"""The kinds that may be late; lists have an alert of their own, and breaches are due at once."""


COUNTED = {
    "DeadlineMissed": ("max by (kind) ({})", f'upc_to_do{{by="late",kind=~"{LATE}"}}'),
    "BlockUnacknowledged": ("max({})", 'upc_to_do{by="late",kind="acknowledge"}'),
    "BlockHeldByNobody": ("max({})", "upc_lists_unheld"),
    "BreachAlertNotDelivered": ("max({})", "upc_breach_alerts_undelivered"),
}
"""What the alerts count that fire for one case, for it may be somebody who gets hurt: how, and of what."""


def more_than_before() -> str:
    """Which of these numbers rose within five minutes from one that was not zero: who is woken once is not woken by the next."""
    return " or ".join(
        f'label_replace({most.format(what)} > ({most.format(what + " offset 5m")} > 0), "what", "{name}", "", "")'
        for name, (most, what) in COUNTED.items()
    )


def some(name: str) -> str:
    """Whether there is any."""
    most, what = COUNTED[name]
    return f"{most.format(what)} > 0"


class Alert(NamedTuple):
    """Fires once `expr` has found something for as long as `lasting`. `says` is for whoever is woken, and names nobody."""

    name: str
    expr: str
    says: str
    severity: str = "page"
    lasting: str = "0m"

    @property
    def runbook(self) -> str:
        return f"docs/runbooks/{self.name}.md"

    def rule(self) -> dict[str, Any]:
        """As Prometheus takes it."""
        annotations = {"summary": self.says, "runbook_url": self.runbook}
        rule = {"alert": self.name, "expr": self.expr, "for": self.lasting}
        return rule | {"labels": {"severity": self.severity}, "annotations": annotations}


FELT = (
    Alert(
        "DeadlineWithinTheHour",
        f'max by (kind) (upc_to_do{{by="within_hour",kind=~"{CLOCKED}"}}) > 0',
        "{{ $value }} of kind {{ $labels.kind }} will miss their deadline within the hour",
    ),
    Alert(
        "DeadlineMissed",
        some("DeadlineMissed"),
        "{{ $value }} of kind {{ $labels.kind }} have missed their deadline",
    ),
    Alert(
        "BlockUnacknowledged",
        some("BlockUnacknowledged"),
        "{{ $value }} lists should have been confirmed by their prison by now",
    ),
    Alert(
        "BlockHeldByNobody",
        some("BlockHeldByNobody"),
        "{{ $value }} prisoners have blocks in force that no prison confirms: they may be able to ring",
    ),
    Alert(
        "BreachAlertNotDelivered",
        some("BreachAlertNotDelivered"),
        "{{ $value }} reports that contact went on have reached no prison within a minute",
    ),
    Alert(
        "ListAhead",
        "max(upc_lists_ahead) > 0",
        "{{ $value }} lists were published under versions that prisons take for old: what was decided last does not reach them",
        lasting="2m",
    ),
    Alert(
        "OneMore",
        more_than_before(),
        "{{ $labels.what }} fires already, and now for more than five minutes ago: {{ $value }}",
    ),
    Alert(
        "QueueNotSeen",
        "absent(upc_to_do_known_seconds) or time() - max(upc_to_do_known_seconds) > 120",
        "Nobody knows what is late: the desk does not tell, and no alert about deadlines can fire",
        lasting="2m",
    ),
    Alert(
        "DeadLetters",
        "sum by (service) (increase(upc_dead_letters_total[10m])) > 0",
        "{{ $labels.service }} could not take something: what it asked for has not been done",
    ),
    Alert(
        "MailLeft",
        "sum(increase(upc_mails_left_total[15m])) > 0",
        "A mail can't be taken in and stays in the inbox: what it asks for has not been done",
    ),
    Alert("BudgetBurnsFast", burns(FAST), "{{ $labels.objective }}: the month's budget is gone in days"),
    Alert("BudgetBurnsSlowly", burns(SLOW), "{{ $labels.objective }}: the month's budget will be gone early", "ticket"),
)
CAUSES = (
    Alert("InstanceGone", 'up{job="upc"} == 0', "{{ $labels.instance }} does not answer", "ticket", "5m"),
    Alert(
        "DependencyMissing",
        "min by (service, dependency) (upc_ready) == 0",
        "{{ $labels.service }} has been without {{ $labels.dependency }} for two minutes",
        lasting="2m",
    ),
    Alert(
        "FallingBehind",
        "max by (service) (upc_lag_seconds) > 60",
        "{{ $labels.service }} is {{ $value | humanizeDuration }} behind",
        lasting="5m",
    ),
    Alert(
        "OutboxStuck",
        "max by (service) (upc_outbox_seconds) > 60",
        "{{ $labels.service }} decided something {{ $value | humanizeDuration }} ago and has not said so",
        lasting="2m",
    ),
    Alert(
        "TimersStuck",
        "max by (service) (upc_timers_overdue_seconds) > 120",
        "{{ $labels.service }} has let a time go by for {{ $value | humanizeDuration }}",
        lasting="2m",
    ),
    Alert(
        "MailNotTaken",
        'sum(increase(upc_message_attempts_total{outcome!="sent"}[15m]))'
        ' > 2 * (sum(increase(upc_message_attempts_total{outcome="sent"}[15m])) or vector(0))',
        "Most e-mails to requesters do not get out",
        "ticket",
        "15m",
    ),
    Alert(
        "AuditIncomplete",
        "sum(increase(upc_audit_lost_total[1h])) > 0",
        "Who looked at what was not recorded one by one",
        "ticket",
    ),
)
ALERTS = (*FELT, *CAUSES)


def groups() -> list[dict[str, Any]]:
    """The groups of rules, as Prometheus takes them."""
    return [
        {"name": "upc-objectives", "rules": [*recording()]},
        {"name": "upc-felt", "rules": [alert.rule() for alert in FELT]},
        {"name": "upc-causes", "rules": [alert.rule() for alert in CAUSES]},
    ]
