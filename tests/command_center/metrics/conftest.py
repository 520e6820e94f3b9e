from tests.command_center.light_fixtures import database_url

__all__ = ["database_url"]
