"""What the columns of the measures' tables are: a name means the same everywhere.

A measure whose column is something else says so in its own ``units``. Headings stand in the
catalogue, as ``column_<name>`` of the measure's room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from funnelkit.measures.fiscal import said
from funnelkit.show.column import (
    COUNT,
    DATE,
    DAYS,
    RATE,
    SHARE,
    TEXT,
    Money,
    Number,
    PercentagePoints,
    Unit,
)
from funnelkit.words import say


@dataclass(frozen=True)
class Named:
    """A column of codes: ``name`` says one of a result's in the reader's language.

    ``unit`` is what the column holds where some of its values are numbers; ``blank`` the text, by
    its key, where there is no value.
    """

    name: Callable[[Any, Any], Any]
    unit: Unit = TEXT
    blank: str = ""

    def write(self, value: Any) -> str:
        """Write a value that needs no name."""
        return self.unit.write(value)


def _state(result: Any, value: Any) -> str:
    return say("measures.closed") if value == "closed" else str(result.process.label(value))


STATE = Named(_state)
PERIOD = Named(lambda _, value: said(str(value)))
MONEY = Money()
#: A total that has to balance to the cent.
CENTS = Money(2, whole=True)
#: How sure a difference is.
P_VALUE = Number(4, least=0.0001)
RATIO = Number(2)


def each(unit: Unit | Named, names: str) -> dict[str, Unit | Named]:
    """Give several columns one unit."""
    return dict.fromkeys(names.split(), unit)


def ends(unit: Unit, *more: str) -> dict[str, Unit | Named]:
    """Give the ends of an interval, and what stands between them, a unit."""
    return dict.fromkeys(("low", "high", *more), unit)


def _join(parts: Iterable[dict[str, Unit | Named]]) -> dict[str, Unit | Named]:
    found: dict[str, Unit | Named] = {}
    for part in parts:
        found |= part
    return found


UNITS: dict[str, Unit | Named] = _join(
    (
        each(PERIOD, "cohort period"),
        each(STATE, "stage from_stage to_stage exit outcome"),
        each(
            TEXT,
            "account action asked band branch category cell check checkpoint column competitor "
            "conditions currency customer deal_id decision discount_approved_by driver enough "
            "evidence expected from_category from_owner group id import_id inside kind level "
            "loss_reason mature measure method milestone missing month name nearest now own owner "
            "part plan position problem question reason region rule segment severity signature "
            "source status step strategy tier to_category to_owner verdict whole why window "
            "within",
        ),
        each(
            COUNT,
            "accounts actual_deals age alarm at_end at_start back bids came caught closed conform "
            "counted created_deals customers day days_before deal_forecasts deals deals_at_risk "
            "due early_win entered f false_alarms fired for_month frequency gap_deals holds hours "
            "in_place_deals inflow late_start left left_from lost m max_days missed moved_back "
            "moves n n_after n_before needed_deals no_amount no_decision not_moved of of_after "
            "of_before open open_deals origins outflow passed periods prospects pushed pushes r "
            "returned score skip skipped slipped still_open still_there threshold "
            "new_whenever_deals up_each up_once visits won won_after won_before years",
        ),
        each(
            RATE,
            "after amount_high amount_low amount_rate before before_rate bias break_even_rate "
            "chance_rate chance_share conform_win_rate coverage crps_skill cumulative_share "
            "discount_share "
            "effect_rate eventual_high eventual_low eventual_rate growth_rate high history_share "
            "limit_high limit_low low mape margin_share margin_win_rate mean_won_rate none_share "
            "on_time_share other_win_rate overall_rate penetration_share plan_share "
            "potential_share precision precision_high precision_low rate rate_after rate_before "
            "recall recall_high recall_low resolved_share return_rate revenue_change_share "
            "revenue_win_rate sales_share share shrunk shrunk_high shrunk_low since_rate "
            "skip_rate skipped_win_rate stayed_win_rate step_rate usual_rate volume_share "
            "wallet_share wape weight_after weight_before win_rate",
        ),
        each(SHARE, "chance quantile"),
        each(
            PercentagePoints(),
            "by_chance control_change difference effect mix_effect rate_effect",
        ),
        each(
            DAYS,
            "ahead_days days mean_cycle_days mean_days median_days median_slipped_days p80_days "
            "p90_days slipped_days",
        ),
        each(
            MONEY,
            "actual_amount amount amount_at_stake amount_per_day available_amount booked_amount "
            "bottom_up_amount committed_amount contribution_amount cost_a_win_amount cost_amount "
            "crps_amount difference_amount "
            "end_amount exact_amount expected_amount full_amount gross_amount high_amount "
            "low_amount mean_amount mean_won_amount needed_amount open_amount p10_amount "
            "p50_amount p90_amount pinball_amount potential_amount rmse_amount sales_amount "
            "short_amount slipped_amount spend_amount start_amount target_amount to_go_amount "
            "top_down_amount unsold_amount won_amount",
        ),
        each(RATIO, "coverage_ratio index needed_ratio out_in_ratio ratio relative to_go_ratio"),
        each(Number(1), "cusum create_exact eventual_exact hours_a_visit landed_exact load "
             "needed_exact ramped_months sellers wins wins_p10 wins_p90"),
        each(Number(3), "adjusted brier p_value reliability resolution uncertainty"),
        each(P_VALUE, "adjusted_p"),
        each(
            DATE,
            "changed_since closed_at created_at enter_by entered_at expected_close median_date "
            "origin p80_date seen_at since until visible_since",
        ),
    )
)  # fmt: skip
