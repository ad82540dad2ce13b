"""The embedded PostgreSQL, with real servers: made, stopped, killed, shared and refused."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from hub.core.store import embedded
from hub.core.store.embedded import EmbeddedError, InUseError, attach, home_of, running
from hub.core.store.postmaster import live_postmaster

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[4]), *sys.path[1:]])}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="the rule is about running as root")

HUB = """
import sys, time
from pathlib import Path
from hub.core.store.embedded import running
with running(Path(sys.argv[1])) as cluster:
    print(cluster.url, flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hub(data_dir: Path) -> subprocess.Popen[str]:
    """Start a hub in a process of its own, in the background."""
    words = [sys.executable, "-c", HUB, str(data_dir), "60"]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(words, env=ENVIRONMENT, cwd="/", stdout=pipe, stderr=null, text=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a cluster that is stopped; made once, since that takes a second."""
    folder = tmp_path_factory.mktemp("made")
    with running(folder):
        pass
    yield folder
    embedded.remove(folder)


@pytest.fixture
def started(made: Path) -> Iterator[subprocess.Popen[str]]:
    """A hub that runs in a process of its own, with one committed row."""
    with hub(made) as process:
        assert process.stdout
        store(process.stdout.readline().strip())
        yield process
        process.kill()


def store(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")


def kept(url: str) -> list[tuple[int]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT n FROM kept").fetchall()


def server_pid(data_dir: Path) -> int:
    postmaster = live_postmaster(home_of(data_dir) / "data")
    assert postmaster is not None
    return postmaster.pid


def processes(*words: str) -> list[int]:
    """Return the processes of this machine whose command line holds every word."""
    listed = subprocess.run(
        ["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    lines = [line.split(None, 1) for line in listed.stdout.splitlines()]
    return [int(pid) for pid, args in lines if all(word in args for word in words)]


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_new_cluster_is_what_the_registry_needs(data_dir: Path) -> None:
    with running(data_dir) as cluster, psycopg.connect(cluster.url) as connection:
        for extension in ("pg_trgm", "btree_gin", "unaccent"):
            connection.execute(f"CREATE EXTENSION {extension}")
        row = connection.execute(
            """SELECT current_database(), datlocprovider, datlocale, lower('ÑÉ'),
                      current_setting('TimeZone'), current_setting('fsync'),
                      current_setting('data_checksums'), current_setting('listen_addresses')
               FROM pg_database WHERE datname = current_database()"""
        ).fetchone()
    assert row == ("hub", "b", "C.UTF-8", "ñé", "UTC", "on", "on", "")


def test_the_next_start_finds_what_was_stored(made: Path) -> None:
    with running(made) as cluster:
        store(cluster.url)
    with running(made) as cluster:
        assert kept(cluster.url) == [(1,)]


def test_nothing_runs_after_the_block_even_if_it_fails(made: Path) -> None:
    home = str(home_of(made))
    with contextlib.suppress(ZeroDivisionError), running(made) as cluster:
        server = server_pid(made)
        assert server in processes(home)
        raise ZeroDivisionError
    wait_until(lambda: processes(home) == [])
    assert not list(cluster.socket_dir.iterdir())
    # The guardian names the server it watches.
    assert processes("read -r word", f" {server}") == []


def test_only_the_hub_gets_in(made: Path) -> None:
    with running(made) as cluster:
        assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
        assert (made / "postgres.secret").stat().st_mode & 0o777 == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(cluster.url, password="guessed")


def test_a_second_hub_is_refused_in_both_languages(made: Path) -> None:
    with running(made) as cluster:
        with pytest.raises(InUseError) as refusal, running(made):
            pass
        assert str(refusal.value) == (
            f"Folder data {made} sedang dipakai hub lain; hentikan hub itu lebih dahulu. / "
            f"The data folder {made} is in use by another hub; stop that one first."
        )
        with psycopg.connect(cluster.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_command_attaches_only_while_a_hub_runs(
    made: Path, started: subprocess.Popen[str]
) -> None:
    cluster = attach(made)
    assert cluster is not None
    assert kept(cluster.url) == [(1,)]
    started.terminate()
    started.wait()
    assert attach(made) is None


def test_attach_to_a_folder_without_a_cluster_makes_nothing(tmp_path: Path) -> None:
    assert attach(tmp_path / "absent") is None
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_server_stops_with_a_hub_that_is_told_to_end(
    made: Path, number: signal.Signals
) -> None:
    with hub(made) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)
        # Python itself ends with the signal after an interrupt from the keyboard.
        ended = -number if number == signal.SIGINT else 128 + number
        assert process.wait() == ended
    assert live_postmaster(home_of(made) / "data") is None


def test_the_server_stops_when_its_hub_is_killed(
    made: Path, started: subprocess.Popen[str]
) -> None:
    started.kill()
    wait_until(lambda: live_postmaster(home_of(made) / "data") is None)
    with running(made) as cluster:
        assert kept(cluster.url) == [(1,)]


def test_a_start_right_after_a_killed_hub_works(made: Path, started: subprocess.Popen[str]) -> None:
    started.kill()
    with running(made) as cluster:
        assert kept(cluster.url) == [(1,)]


def test_a_server_left_behind_is_taken_over(made: Path, started: subprocess.Popen[str]) -> None:
    left = server_pid(made)
    for guardian in processes("read -r word", f" {left}"):
        os.kill(guardian, signal.SIGKILL)
    started.kill()
    started.wait()
    assert server_pid(made) == left
    with running(made) as cluster:
        assert kept(cluster.url) == [(1,)]
    assert live_postmaster(cluster.data) is None


def test_a_killed_server_recovers_what_was_committed(
    made: Path, started: subprocess.Popen[str]
) -> None:
    os.kill(server_pid(made), signal.SIGKILL)
    started.kill()
    started.wait()
    with running(made) as cluster:
        assert kept(cluster.url) == [(1,)]


def test_a_server_that_dies_is_started_again_and_guarded(made: Path) -> None:
    with running(made) as cluster:
        store(cluster.url)
        dead = server_pid(made)

        def runs_again() -> bool:
            found = live_postmaster(cluster.data)
            return found is not None and found.pid != dead and found.ready

        os.kill(dead, signal.SIGKILL)
        wait_until(runs_again)
        assert kept(cluster.url) == [(1,)]
        wait_until(lambda: bool(processes("read -r word", f" {server_pid(made)}")))
        wait_until(lambda: not processes("read -r word", f" {dead}"))
    assert live_postmaster(cluster.data) is None


def test_a_cluster_half_made_by_a_killed_hub_is_begun_again(data_dir: Path) -> None:
    home = home_of(data_dir)
    with hub(data_dir) as process:
        wait_until(lambda: any(home.glob("init-*/data/base")))
        process.kill()
    assert not (home / "data").exists()
    with running(data_dir) as cluster, psycopg.connect(cluster.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_pid_file_whose_number_another_program_has_is_no_obstacle(made: Path) -> None:
    with running(made) as cluster:
        text = (cluster.data / "postmaster.pid").read_text()
    _, rest = text.split("\n", 1)
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{rest}")
    with running(made) as cluster:
        assert server_pid(made) != os.getpid()


def test_a_deep_data_folder_has_a_short_socket_path(tmp_path: Path) -> None:
    data_dir = tmp_path / ("folder with spaces, 'quotes' " * 5).strip() / "hub"
    with running(data_dir) as cluster, psycopg.connect(cluster.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert len(str(cluster.socket_dir)) < 90
    embedded.remove(data_dir)


def test_the_log_holds_no_personal_data(made: Path) -> None:
    nik = "0000004101900001"
    with running(made) as cluster, psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE p (nik text PRIMARY KEY, n integer)")
        connection.execute("INSERT INTO p VALUES (%s)", [nik])
        for statement in ("INSERT INTO p VALUES (%s)", "SELECT %s::date", "SELECT %s::integer"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, [nik])
        with pytest.raises(psycopg.Error), connection.cursor().copy("COPY p FROM STDIN") as copy:
            copy.write(f"{nik}\tx\n")
    logs = [file.read_text() for file in (cluster.data / "log").iterdir()]
    assert "ready to accept connections" in logs[0]
    assert all(nik not in log for log in logs)


def test_remove_leaves_an_empty_beginning(data_dir: Path) -> None:
    with running(data_dir), pytest.raises(InUseError):
        embedded.remove(data_dir)
    embedded.remove(data_dir)
    assert not home_of(data_dir).exists()
    assert sorted(path.name for path in data_dir.iterdir()) == ["hub.lock"]


@as_root
def test_for_root_an_ordinary_account_runs_a_copy_and_no_folder_opens(
    data_dir: Path, tmp_path: Path
) -> None:
    before = [(folder, folder.stat()) for folder in (tmp_path, *tmp_path.parents)]
    with running(data_dir) as cluster:
        server = Path(f"/proc/{server_pid(data_dir)}")
        assert server.stat().st_uid != 0
        assert "hub-postgres/bin-" in str((server / "exe").readlink())
    assert not cluster.data.is_relative_to(tmp_path)
    after = [(folder, folder.stat()) for folder, _ in before]
    assert [(f, s.st_mode, s.st_uid) for f, s in after] == [
        (f, s.st_mode, s.st_uid) for f, s in before
    ]


@as_root
def test_for_root_a_deleted_data_folder_begins_empty_and_nothing_is_destroyed(
    data_dir: Path,
) -> None:
    with running(data_dir) as cluster:
        store(cluster.url)
    shutil.rmtree(data_dir)
    with running(data_dir) as cluster, pytest.raises(psycopg.errors.UndefinedTable):
        kept(cluster.url)
    assert len(list(home_of(data_dir).glob("data.*/PG_VERSION"))) == 1


@as_root
def test_for_root_a_moved_data_folder_is_told_where_its_database_is(data_dir: Path) -> None:
    with running(data_dir):
        pass
    moved = data_dir.rename(data_dir.with_name("moved"))
    with pytest.raises(EmbeddedError, match=str(home_of(data_dir))), running(moved):
        pass
    moved.rename(data_dir)


def as_user(user: pwd.struct_passwd, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python as `user`, with the first interpreter that user can reach."""
    same_version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(same_version, path=os.defpath)):
        with contextlib.suppress(PermissionError):
            return subprocess.run(
                [python or sys.executable, "-c", *words],
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
                env=ENVIRONMENT,
                cwd="/",
                check=False,
                capture_output=True,
                text=True,
            )
    pytest.skip("an ordinary user cannot reach any interpreter of this version")


@as_root
def test_an_ordinary_user_keeps_all_in_the_data_folder_and_root_keeps_out() -> None:
    user = pwd.getpwnam("nobody")
    if as_user(user, "import hub").returncode:
        pytest.skip("the checkout lies where an ordinary user cannot enter")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        data_dir = Path(folder, "hub-data")
        ended = as_user(user, HUB, str(data_dir), "0")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert (data_dir / "postgres/data/PG_VERSION").stat().st_uid == user.pw_uid
        assert live_postmaster(data_dir / "postgres/data") is None
        with pytest.raises(EmbeddedError, match="belongs to another user"), running(data_dir):
            pass
