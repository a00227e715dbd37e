"""Run a command beside a Neo4j: the one that SERENDIPITY_NEO4J_URI names, else one started for it.

Usage: `python -m tests.servers.with_neo4j serendipity demo --store neo4j`
"""

import os
import signal
import subprocess
import sys

from tests.servers.neo4j_server import neo4j_for_session
from tests.servers.session import ServerUnavailable, close_session, open_session


def main(command: list[str]) -> int:
    """Run the command and return its exit status; a Neo4j that was started for it ends with it."""
    if os.environ.get("SERENDIPITY_NEO4J_URI"):
        return subprocess.run(command).returncode
    open_session()
    try:
        server = neo4j_for_session()
        where = {"URI": server.uri, "USER": server.user, "PASSWORD": server.password}
        child = subprocess.Popen(
            command, env=os.environ | {f"SERENDIPITY_NEO4J_{name}": value for name, value in where.items()}
        )
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child gets it as well, and decides
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()
    except ServerUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        close_session()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
