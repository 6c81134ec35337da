"""Who acted, by name, for administrators: logs name users by id."""

from services.dashboard.asked import api


def people() -> dict[str, str]:
    """`user:ID` → login; of the newest users, as many as a page of the API holds."""
    return {f"user:{user.id}": user.login for user in api().accounts.list_users(limit=500).items}
