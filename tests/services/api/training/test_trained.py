"""When operators trained, as other areas ask: on each of the databases."""

from datetime import UTC, datetime, timedelta

from diktor.store.around import Span
from diktor.wire.accounts import Role
from services.api.training.tables import AttemptRow, ExerciseRow
from services.api.training.trained import trained
from tests.support.api import Api

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def test_only_scored_attempts_of_operators_are_training(api: Api) -> None:
    users = [
        ("anna", await api.user(Role.operator, operator_id="anna", teams=("north",)), (1, 0, 5)),
        ("anna again", await api.user(Role.operator, operator_id="anna", teams=("north",)), (3,)),
        ("vera", await api.user(Role.operator, operator_id="vera", teams=("south", "north")), (2, 4)),
        ("a supervisor", await api.user(Role.supervisor, operator_id="olga", teams=("north",)), (0,)),
        ("without an id", await api.user(Role.operator, teams=("north",)), (0,)),
        ("idle", await api.user(Role.operator, operator_id="ida", teams=("north",)), ()),
    ]
    async with api.app.state.database.sessions() as session:
        for _, client, days in users:
            user = client.headers["X-User"]
            exercise = ExerciseRow(user_id=user, text="Карл", key="карл", origin="own", criteria={})
            session.add(exercise)
            await session.flush()
            for day, outcome in [(-1, "silence"), (-2, None), *((day, "scored") for day in days)]:
                row = AttemptRow(user_id=user, exercise_id=exercise.id, digest="", outcome=outcome)
                row.created_at = FIRST + day * DAY
                session.add(row)
        await session.flush()
        assert await trained(session, None, None, 1) == [
            Span("anna", FIRST, FIRST),
            Span("vera", FIRST + 2 * DAY, FIRST + 2 * DAY),
        ]
        assert await trained(session, None, None, 3) == [Span("anna", FIRST, FIRST + 3 * DAY)]
        assert await trained(session, None, None, 5) == []
        assert [span.operator_id for span in await trained(session, ("south",), None, 2)] == ["vera"]
        assert [span.operator_id for span in await trained(session, ("north",), ("anna", "ida"), 1)] == ["anna"]
        assert await trained(session, (), None, 1) == await trained(session, None, (), 1) == []
