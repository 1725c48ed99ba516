"""Feast or famine: two years of splitting a hundred hours between new deals and late ones.

Given, with the four policies' results in games played by a computer (400 of each):
a hundred hours a month, split between opening new deals and working late ones; a new deal takes
three months; a late deal that is not worked goes cold with a chance of one half; two years.

Chosen, because it was not given: plain numbers under which the four policies come out as
published (`PUBLISHED`; a test holds every mean within 3%). Means of 5,000 games each: steady
83.0 wins (81.5 published), react 49.3 (49.4), rush 75.1 (76.4) with 68.5% of the wins in the
third month (67%) and 2.05 times the swing (double), late deals first 90.0 (90.6).

* Opening takes 6 hours, working a late deal 7: a half-and-half month opens 8 and works 7, so
  closing is a little short of hours and some late deals wait.
* A worked deal is won with a chance of one half, else it is lost; it does not come back.
* "Three months" counts the month of opening: opened in January, late in March.
* The game begins with 6 deals opened in each of the two months before, none late.
* The target is 4 wins a month: a little more than half and half can bring (3.5 of 7 worked).
* React: half and half; after a month below target 20 hours open and 80 close.
* Rush: 75 open and 25 close, in a quarter's third month all 100 close; over a quarter that is
  half and half as well.
* Only whole deals are opened and worked; hours that reach for no further one are lost.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from types import MappingProxyType

from funnelkit.errors import FunnelkitError


@dataclass(frozen=True)
class Rules:
    """What a month costs and brings.

    Parameters
    ----------
    months, hours : int
        Length of the game; hours of one month.
    opening, closing : float
        Hours to open one new deal; to work one late deal.
    win, cold : float
        Chance that a worked deal is won; that one left unworked goes cold.
    under_way : tuple of int
        Deals opened in the months before the first, oldest first. Its length is the delay: a
        deal is late that many months after the one it was opened in.
    late : int
        Late deals carried into the first month, beside those that become late in it.
    target : int
        Wins asked of a month.
    """

    months: int = 24
    hours: float = 100
    opening: float = 6
    closing: float = 7
    win: float = 0.5
    cold: float = 0.5
    under_way: tuple[int, ...] = (6, 6)
    late: int = 0
    target: int = 4


#: The rules as published.
RULES = Rules()


@dataclass(frozen=True)
class Month:
    """One month as it went; ``late`` are the late deals still open at its end."""

    number: int
    hours_opening: float
    hours_closing: float
    opened: int
    worked: int
    wins: int
    cold: int
    late: int
    target: int

    @property
    def found(self) -> int:
        """Late deals that lay on the table when the month began."""
        return self.worked + self.cold + self.late


@dataclass
class Game:
    """One game: the same seed and the same decisions give the same months.

    Luck belongs to the month, not to what was done before: teams that play one seed meet the
    same luck.

    Examples
    --------
    >>> game = Game(seed=7)
    >>> game.waiting, game.play(50, 50).opened, game.waiting
    (6, 8, 6)
    """

    seed: int = 1
    rules: Rules = field(default_factory=Rules)
    months: list[Month] = field(default_factory=list, init=False)
    waiting: int = field(init=False)
    _under_way: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._under_way = list(self.rules.under_way)
        self.waiting = self.rules.late
        self._arrive()

    def _arrive(self) -> None:
        """Let the deals that have taken their months become late."""
        if self._under_way:
            self.waiting += self._under_way.pop(0)

    @property
    def over(self) -> bool:
        """Whether the last month was played."""
        return len(self.months) >= self.rules.months

    @property
    def wins(self) -> int:
        """Wins so far."""
        return sum(month.wins for month in self.months)

    def play(self, hours_opening: float, hours_closing: float | None = None) -> Month:
        """Spend a month's hours; what is not said goes to the late deals.

        Raises
        ------
        FunnelkitError
            Hours below nothing or above the month's, or the game is over.
        """
        rules, number = self.rules, len(self.months) + 1
        if self.over:
            raise FunnelkitError("game.over", months=rules.months)
        closing = rules.hours - hours_opening if hours_closing is None else hours_closing
        if not (hours_opening >= 0 and closing >= 0 and hours_opening + closing <= rules.hours):
            raise FunnelkitError(
                "game.hours", found=hours_opening, rest=closing, allowed=rules.hours, month=number
            )
        luck = random.Random(f"{self.seed}/{number}")
        worked = min(self.waiting, int(closing / rules.closing))
        wins = sum([luck.random() < rules.win for _ in range(worked)])
        left = self.waiting - worked
        cold = sum([luck.random() < rules.cold for _ in range(left)])
        opened = int(hours_opening / rules.opening)
        self.waiting = left - cold
        month = Month(
            number, hours_opening, closing, opened, worked, wins, cold, self.waiting, rules.target
        )
        self.months.append(month)
        self._under_way.append(opened)
        self._arrive()
        return month


#: A way to play: what a manager sees so far to the hours spent on opening new deals.
Policy = Callable[[Game], float]


def steady(game: Game) -> float:
    """Half the hours, every month."""
    return game.rules.hours / 2


def react(game: Game) -> float:
    """Half the hours; after a month below target only a fifth."""
    below = bool(game.months) and game.months[-1].wins < game.rules.target
    return game.rules.hours * (0.2 if below else 0.5)


def rush(game: Game) -> float:
    """Three quarters of the hours, none in the last month of a quarter."""
    return 0 if len(game.months) % 3 == 2 else game.rules.hours * 0.75


def late_first(game: Game) -> float:
    """Whatever hours the late deals leave."""
    return max(0, game.rules.hours - game.rules.closing * game.waiting)


def follow(opening: Iterable[float]) -> Policy:
    """Return the way to play that repeats these hours, whatever happens."""
    hours = tuple(opening)
    return lambda game: hours[len(game.months)]


#: The four published ways to play.
POLICIES: Mapping[str, Policy] = MappingProxyType(
    {"steady": steady, "react": react, "rush": rush, "late_first": late_first}
)
#: Mean wins of two years as published; of the rush also 67% of the wins in the quarter's third
#: month and twice the swing of steady.
PUBLISHED: Mapping[str, float] = MappingProxyType(
    {"steady": 81.5, "react": 49.4, "rush": 76.4, "late_first": 90.6}
)


def play_out(policy: Policy, seed: int = 1, rules: Rules | None = None) -> Game:
    """Play a whole game one way.

    Examples
    --------
    >>> len(play_out(steady, seed=3).months)
    24
    """
    game = Game(seed, rules or Rules())
    while not game.over:
        game.play(policy(game))
    return game


def replay(opening: Iterable[float], seed: int = 1, rules: Rules | None = None) -> Game:
    """Play the months decided so far, given as hours spent on opening."""
    game = Game(seed, rules or Rules())
    for hours in opening:
        game.play(hours)
    return game


@dataclass(frozen=True)
class Record:
    """Many games of one policy, as means a game; nine of ten games win ``low`` to ``high``."""

    wins: float
    low: float
    high: float
    curve: tuple[float, ...]
    third_month: float
    swing: float


def record(policy: Policy, seeds: Iterable[int], rules: Rules | None = None) -> Record:
    """Play many games one way.

    Returns
    -------
    Record
        ``wins`` of a game and their range, ``curve`` (mean wins of every month),
        ``third_month`` (share of the wins in the last months of quarters), ``swing`` (standard
        deviation of a game's months).
    """
    games = [[m.wins for m in play_out(policy, seed, rules).months] for seed in seeds]
    curve = tuple(fmean(column) for column in zip(*games, strict=True))
    third = sum(curve[2::3]) / sum(curve) if sum(curve) else 0.0
    totals = sorted(sum(game) for game in games)
    edge = len(totals) // 20
    return Record(
        sum(curve), totals[edge], totals[-1 - edge], curve, third, fmean(map(pstdev, games))
    )
