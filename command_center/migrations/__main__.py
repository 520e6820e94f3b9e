"""For developers: write the next migration from what the tables now say.

python -m command_center.migrations "Cameras know their maker"
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from command_center.database import Database
from command_center.migrations import HERE, config, upgrade


async def write(message: str) -> None:
    """Compare a database made by the migrations with the code's tables."""
    with tempfile.TemporaryDirectory() as directory:
        database = Database(f"sqlite+aiosqlite:///{Path(directory) / 'fenghuo.db'}")
        await upgrade(database)
        number = f"{len(list((HERE / 'versions').glob('*.py'))) + 1:04}"

        def revise(connection: Connection) -> None:
            command.revision(config(connection), message, autogenerate=True, rev_id=number)

        async with database.engine.connect() as connection:
            await connection.run_sync(revise)
        await database.close()


if __name__ == "__main__":
    asyncio.run(write(" ".join(sys.argv[1:]) or "Next"))
