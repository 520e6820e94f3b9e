from tests.command_center.light_fixtures import database_url, log_in

__all__ = ["database_url", "log_in"]
