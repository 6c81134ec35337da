"""Who may ask what: the whole of it, a line an operation. A route without a line fails `test_authorization.py`.

Columns: nobody, operator, supervisor, admin; programs whose token has one scope: ingest, check, read.
`+` is let in (what it is then answered is another matter), otherwise the status it is refused with.
"""

WHO = ("nobody", "operator", "supervisor", "admin", "ingest", "check", "read")

ANYBODY = "+   +   +   +   +   +   +"
USERS = "401 +   +   +   403 403 403"
SUPERVISORS = "401 403 +   +   403 403 403"
ADMINS = "401 403 403 +   403 403 403"

READERS = "401 +   +   +   403 403 +"

MATRIX = {
    # calls
    "calls_upload": "401 +   +   +   +   403 403",
    "calls_get_batch": "401 +   +   +   +   403 403",
    "calls_list_batches": USERS,
    "calls_list": READERS,
    "calls_export": READERS,
    "calls_get": READERS,
    "calls_follow": READERS,
    "calls_get_waveform": USERS,
    "calls_listen": USERS,
    "calls_list_reviews": SUPERVISORS,
    "calls_put_label": SUPERVISORS,
    "calls_delete_label": SUPERVISORS,
    "calls_erase": SUPERVISORS,
    "calls_list_erasures": ADMINS,
    "calls_get_erasure": ADMINS,
    "calls_create_erasure": ADMINS,
    # statistics
    "stats_get_totals": READERS,
    "stats_get_overview": READERS,
    "stats_list_trend": READERS,
    "stats_list_groups": READERS,
    "stats_list_leaderboard": READERS,
    "stats_list_distribution": READERS,
    "stats_list_drift": READERS,
    "stats_get_training_effect": READERS,
    "stats_list_reviewed": "401 403 +   +   403 403 +",
    # one's own account
    "accounts_log_in": ANYBODY,
    "accounts_refresh": ANYBODY,
    "accounts_get_me": USERS,
    "accounts_change_password": USERS,
    "accounts_log_out": USERS,
    "accounts_log_out_everywhere": USERS,
    # users, teams, tokens
    "accounts_list_users": ADMINS,
    "accounts_get_user": ADMINS,
    "accounts_create_user": ADMINS,
    "accounts_change_user": ADMINS,
    "accounts_reset_password": ADMINS,
    "accounts_list_teams": ADMINS,
    "accounts_create_team": ADMINS,
    "accounts_change_team": ADMINS,
    "accounts_list_tokens": ADMINS,
    "accounts_create_token": ADMINS,
    "accounts_revoke_token": ADMINS,
    "accounts_introspect_token": ANYBODY,
    # single checks
    "checks_create": "401 +   +   +   403 +   403",
    # releases
    "models_list": SUPERVISORS,
    "models_get": SUPERVISORS,
    "models_get_picture": SUPERVISORS,
    "models_get_serving": SUPERVISORS,
    "models_compare": SUPERVISORS,
    "models_list_deployments": SUPERVISORS,
    "models_get_deployment": SUPERVISORS,
    "models_deploy": ADMINS,
    # the pipeline
    "pipelines_list": SUPERVISORS,
    "pipelines_list_runs": SUPERVISORS,
    "pipelines_get_run": SUPERVISORS,
    "pipelines_start": ADMINS,
    "pipelines_retry": ADMINS,
    # training
    "training_create_exercise": USERS,
    "training_get_exercise": USERS,
    "training_create_attempt": USERS,
    "training_list_attempts": USERS,
    "training_get_attempt": USERS,
    "training_get_attempt_audio": USERS,
    "training_delete_attempt": USERS,
    "training_get_progress": USERS,
    "training_get_bests": USERS,
    # operations
    "operations_live": ANYBODY,
    "operations_ready": ANYBODY,
    "operations_metrics": ANYBODY,
    "operations_get_retention": ADMINS,
    "operations_list_audit": ADMINS,
}
