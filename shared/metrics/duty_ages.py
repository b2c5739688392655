"""How the duties of this process get on, as it knows itself."""

from prometheus_client.core import Metric

from shared.duties import ProcessDuties, measure_age
from shared.metrics.families import build_labelled_gauge


def measure_duties(duties: ProcessDuties) -> Metric:
    """Since when each duty without end has ended no round well; who stands by does it well."""
    ages = {
        (duty.name,): measure_age(
            duty.start_instant if duty.success_instant is None else duty.success_instant
        )
        for duty in duties.by_name.values()
        if duty.is_told and not duty.is_scheduled
    }
    return build_labelled_gauge(
        "attesta_duty_success_age_seconds",
        "Since a round of the duty last ended well in this process, or since its start",
        ["duty"],
        ages,
    )
