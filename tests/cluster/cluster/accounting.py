"""Job accounting: slurmdbd on a MariaDB of the cluster's own, and the accounts that tests use.

Both daemons run as the account `slurm`. The database has no port, only a socket where the kernel tells it who its peer
is, so there is no password; slurmdbd listens only on loopback.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import child, slurm_files
from .failure import Failure

_ACCOUNT = "slurm"
# What makes an empty folder a database, in the order in which MariaDB's own script feeds them.
_SYSTEM_TABLES = ("system_tables", "performance_tables", "system_tables_data")
# Where libmariadb looks for a local database. /run is the login node's own.
_RUN = Path("/run/mysqld")
_SOCKET = _RUN / "mysqld.sock"
_DATABASE = "slurm_acct_db"
_SETUP_LIMIT_S = 60

# sacctmgr's commands. `short` refuses what exceeds it, `small` lets such jobs wait forever.
_ENTITIES = (
    "add cluster {cluster}",
    "modify qos normal set Priority=10",
    "add qos short set MaxWall=10 Flags=DenyOnLimit",
    "add qos small set MaxTRES=node=1,cpu=2",
    "add qos closed",
    "add account research Cluster={cluster} Description=research Organization=test",
    "add account spare Cluster={cluster} Description=spare Organization=test",
    "add account others Cluster={cluster} Description=others Organization=test",
    "modify account spare where Cluster={cluster} set MaxWall=60 MaxTRES=node=1",
    "add user {user} Account=research,spare DefaultAccount=research Cluster={cluster}",
    "modify user {user} where Cluster={cluster} set QOS=normal,short,small DefaultQOS=normal",
)


@dataclass
class Accounting:
    folder: object
    port: int
    user: str

    def slurm_settings(self):
        """Lines of slurm.conf."""
        return [
            "AccountingStorageType=accounting_storage/slurmdbd",
            f"AccountingStorageHost={slurm_files.LOGIN}",
            f"AccountingStoragePort={self.port}",
            "AccountingStorageEnforce=associations,limits,qos",
            "AccountingStorageTRES=gres/gpu",
        ]

    def write(self):
        conf = self.folder.write("etc/slurmdbd.conf", "\n".join(self._slurmdbd_conf()) + "\n", 0o600)
        data = self.folder.path / "database"
        data.mkdir(mode=0o700)
        for path in (conf, data):
            shutil.chown(path, _ACCOUNT, _ACCOUNT)

    def _slurmdbd_conf(self):
        return [
            "AuthType=auth/munge",
            f"DbdHost={slurm_files.LOGIN}",
            "DbdAddr=127.0.0.1",
            f"DbdPort={self.port}",
            # The login node's own name resolves to 127.0.0.1: listen there and nowhere else.
            "CommunicationParameters=NoInAddrAny",
            f"SlurmUser={_ACCOUNT}",
            f"PidFile={self.folder.path}/run/slurmdbd.pid",
            "StorageType=accounting_storage/mysql",
            "StorageHost=localhost",
            f"StorageUser={_ACCOUNT}",
            f"StorageLoc={_DATABASE}",
        ]

    def start(self, daemons):
        """Returns when slurmdbd answers and holds the accounts; slurmctld may start then."""
        self._make_database()
        database = daemons.start("mariadbd", [*self._mariadbd(), f"--init-file={self._init_file()}"], user=_ACCOUNT)
        daemons.wait_until(_SOCKET.exists, lambda: [database])
        slurmdbd = daemons.start("slurmdbd", ["/usr/sbin/slurmdbd", "-D"], user=_ACCOUNT)
        daemons.wait_until(self._answers, lambda: [slurmdbd])
        for words in _ENTITIES:
            self._sacctmgr(*words.format(cluster=slurm_files.CLUSTER, user=self.user).split())

    def _mariadbd(self):
        data = self.folder.path / "database"
        return [
            "/usr/sbin/mariadbd",
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={_SOCKET}",
            f"--pid-file={data}/mariadbd.pid",
            "--skip-networking",
            # A database of a few rows for a few minutes: it is small, and nothing of it has to
            # survive a crash.
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=16M",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-lock-wait-timeout=900",
        ]

    def _make_database(self):
        _RUN.mkdir(mode=0o755)
        shutil.chown(_RUN, _ACCOUNT, _ACCOUNT)
        sql = "CREATE DATABASE mysql;\nUSE mysql;\n" + _sql_of_system_tables()
        log = self.folder.log("mariadbd")
        with log.open("w") as output:
            made = subprocess.run(
                [*self._mariadbd(), "--bootstrap"], input=sql, text=True, stdout=output, stderr=output,
                preexec_fn=lambda: child.become(_ACCOUNT), cwd="/", env=child.DAEMON_ENVIRONMENT, timeout=_SETUP_LIMIT_S,
            )
        shutil.chown(log, _ACCOUNT, _ACCOUNT)
        if made.returncode != 0:
            raise Failure(f"mariadbd cannot make its database, exit code {made.returncode}: see {log}")

    def _init_file(self):
        """Makes whoever is `slurm` for the kernel `slurm` for the database."""
        return self.folder.write(
            "etc/database.sql",
            f"CREATE DATABASE {_DATABASE};\n"
            f"CREATE USER '{_ACCOUNT}'@'localhost' IDENTIFIED VIA unix_socket;\n"
            f"GRANT ALL ON {_DATABASE}.* TO '{_ACCOUNT}'@'localhost';\n",
        )

    def _answers(self):
        return self._ask("show", "cluster").returncode == 0

    def _ask(self, *words):
        argv = ["/usr/bin/sacctmgr", "--immediate", *words]
        return subprocess.run(argv, capture_output=True, text=True, timeout=_SETUP_LIMIT_S)

    def _sacctmgr(self, *words):
        result = self._ask(*words)
        if result.returncode != 0:
            said = (result.stderr or result.stdout).strip()
            raise Failure(f"sacctmgr {' '.join(words)}: {said}")


def _sql_of_system_tables():
    """MariaDB 11 has its files under its own name, earlier ones under MySQL's."""
    name = next(name for name in ("mariadb", "mysql") if Path(f"/usr/share/{name}/{name}_system_tables.sql").exists())
    return "".join(Path(f"/usr/share/{name}/{name}_{part}.sql").read_text() for part in _SYSTEM_TABLES)
