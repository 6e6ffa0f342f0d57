#!/usr/bin/env python3
"""templates/rank.py between Slurm and a program: what the program writes arrives, whatever happens to it."""
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import unittest.mock
from pathlib import Path

RANK = Path(__file__).resolve().parents[2] / "templates/rank.py"


class RankTest(unittest.TestCase):
    maxDiff = 1000

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.attempt = Path(folder.name)
        (self.attempt / "ranks").mkdir()
        (self.attempt / "environment").write_bytes(b"")

    def start(self, program, label="false", rank_program=RANK, **how):
        """rank.py as rank 3 with a Python program, its two streams apart."""
        (self.attempt / "command").write_bytes(b"\0".join([sys.executable.encode(), b"-c", textwrap.dedent(program).encode(), b""]))
        variables = {**os.environ, "SLURM_PROCID": "3", "SLURMD_NODENAME": "n1", "CHAINER_SUBMIT_CONTAINER": "1"}
        return subprocess.Popen([sys.executable, "-I", "-S", rank_program, self.attempt, label, "", "image"], env=variables, stdin=subprocess.DEVNULL,
                                **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how})

    def output(self, program, code=0, **how):
        """What is passed on; the rank's file is compared with what the program wrote elsewhere."""
        process = self.start(program, **how)
        out, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, errors), (code, b""))
        self.assertEqual((self.attempt / "ranks/3").read_text(), f"{code}\n")
        return out

    def kept(self):
        return (self.attempt / "ranks/3.log").read_bytes()


class TheEnvironment(RankTest):
    def seen(self, of_the_run, **of_the_container):
        (self.attempt / "environment").write_bytes(b"".join(variable + b"\0" for variable in of_the_run))
        program = 'import os; print(os.environ.get("LD_LIBRARY_PATH"), os.environ["PATH"])'
        with unittest.mock.patch.dict(os.environ, of_the_container):
            return self.output(program).decode().split()

    def test_keeps_the_gpu_driver_in_front_of_what_the_run_sets(self):
        libraries, programs = self.seen([b"LD_LIBRARY_PATH=/of/run", b"PATH=/run/bin"], LD_LIBRARY_PATH="/opt/chainer/gpu/lib:/of/image",
                                        PATH="/opt/chainer/gpu/bin:/usr/bin")
        self.assertEqual((libraries, programs), ("/opt/chainer/gpu/lib:/of/run", "/opt/chainer/gpu/bin:/run/bin"))

    def test_has_no_empty_folder_behind_the_driver(self):
        self.assertEqual(self.seen([b"LD_LIBRARY_PATH="], LD_LIBRARY_PATH="/opt/chainer/gpu/lib")[0], "/opt/chainer/gpu/lib")

    def test_is_the_runs_own_to_the_byte_without_a_gpu(self):
        self.assertEqual(self.seen([b"LD_LIBRARY_PATH=/of/run"], LD_LIBRARY_PATH="/of/image")[0], "/of/run")


class TheOutput(RankTest):
    def test_of_both_streams_stays_in_order(self):
        out = self.output("""
            import os
            for number in range(5000): os.write(1 + number % 2, b"%d\\n" % number)
            """)
        self.assertEqual(out.split(), [b"%d" % number for number in range(5000)])
        self.assertEqual(self.kept(), out)

    def test_of_any_bytes_in_any_pieces_is_whole(self):
        for seed in range(5):
            out = self.output(f"""
                import os, random
                source = random.Random({seed})
                for _ in range(200): os.write(1, source.randbytes(source.choice([1, 2, 100, 4096, 70_000])))
                """)
            source = random.Random(seed)
            expected = b"".join(source.randbytes(source.choice([1, 2, 100, 4096, 70_000])) for _ in range(200))
            self.assertTrue(out == expected, seed)
            self.assertTrue(self.kept().endswith(expected), seed)

    def test_of_a_program_that_is_killed_is_whole(self):
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
            out = self.output(f"""
                import os
                os.write(2, b"x" * 60_000 + b"last words")
                os.kill(os.getpid(), {int(number)})
                """, 128 + number)
            self.assertTrue(out.endswith(b"x" * 60_000 + b"last words"), number)
            self.assertTrue(self.kept().endswith(out), number)

    def test_that_is_read_late_is_whole(self):
        process = self.start("print('x' * 1_000_000)")
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        self.assertEqual(process.communicate(timeout=60)[0], b"x" * 1_000_000 + b"\n")
        self.assertEqual(process.returncode, 0)

    def test_that_nobody_reads_is_kept(self):
        process = self.start("import sys, time\nfor n in range(100): print(n, flush=True); time.sleep(0.005)")
        process.stdout.close()
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(self.kept().split(), [b"%d" % number for number in range(100)])
        process.stderr.close()

    def test_of_a_program_that_it_leaves_running_has_a_second(self):
        started = time.monotonic()
        out = self.output("""
            import os, time
            if os.fork() == 0:
                time.sleep(0.3)
                print("last words", flush=True)
                while True:
                    time.sleep(0.01)
                    try: os.write(1, b".")
                    except OSError: os._exit(0)
            print("first", flush=True)
            """)
        self.assertTrue(out.startswith(b"first\nlast words\n."), out)
        self.assertLess(time.monotonic() - started, 20)

    def test_comes_when_it_is_written(self):
        process = self.start("import time\nprint('first', flush=True)\ntime.sleep(600)")
        self.assertEqual(process.stdout.readline(), b"first\n")
        self.assertEqual(self.kept(), b"first\n")
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    def test_that_cannot_be_kept_is_passed_on_all_the_same(self):
        """A full disk ends no rank; it is said once, with the file."""
        (self.attempt / "ranks/3.log").symlink_to("/dev/full")
        process = self.start("for number in range(1000): print(number, flush=True)")
        out, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, len(out.split())), (0, 1000))
        self.assertEqual(errors.decode(), f"chainer: cannot keep the output of rank 3 in {self.attempt}/ranks/3.log: No space left on "
                                          "device\nnext: make room there; the job's log has it too\n")

    def test_file_is_the_users_alone(self):
        self.output("print('x')", umask=0)
        self.assertEqual((self.attempt / "ranks/3.log").stat().st_mode & 0o777, 0o600)


class TheEnd(RankTest):
    def test_of_the_first_that_fails_is_noted_with_its_node(self):
        self.output("import os; os._exit(3)", 3)
        self.assertEqual((self.attempt / "first_failure").read_text(), "3 3 n1\n")

    @unittest.skipUnless(os.geteuid() == 0, "mounts a file system: needs root")
    def test_on_a_full_file_system_names_the_folder(self):
        full = self.attempt / "full"
        full.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", full], check=True)
        self.addCleanup(subprocess.run, ["umount", full], check=True)
        (self.attempt / "environment").write_bytes(b"TMPDIR=" + os.fsencode(full) + b"\0")
        self.output("import os\ntry: open(os.environ['TMPDIR'] + '/x', 'wb').write(bytes(1 << 20))\nexcept OSError: os._exit(1)", 1)
        self.assertEqual((self.attempt / "first_failure").read_text(), f"3 1 n1 {full}\n")

    def test_where_a_quota_is_used_up_names_the_folder(self):
        """Few machines have a kernel and a file system with quotas: os.write says what theirs would."""
        full = self.attempt / "full"
        full.mkdir()
        (self.attempt / "environment").write_bytes(b"TMPDIR=" + os.fsencode(full) + b"\0")
        with_quota = self.attempt / "rank_with_quota.py"
        with_quota.write_text(textwrap.dedent(f"""
            import errno, os, runpy
            write = os.write
            def write_within_quota(fd, data):
                if os.readlink("/proc/self/fd/%d" % fd).startswith({str(full)!r}): raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
                return write(fd, data)
            os.write = write_within_quota
            runpy.run_path({str(RANK)!r}, run_name="__main__")
            """))
        self.output("import os; os._exit(1)", 1, rank_program=with_quota)
        self.assertEqual((self.attempt / "first_failure").read_text(), f"3 1 n1 {full}\n")
        self.assertEqual(list(full.iterdir()), [])

    def test_that_cannot_be_noted_is_said(self):
        (self.attempt / "ranks/3").symlink_to("/dev/full")
        process = self.start("pass")
        self.assertEqual(process.communicate(timeout=60)[1].decode(),
                         f"chainer: cannot note in {self.attempt} that rank 3 ended with 0: No space left on device\n"
                         "next: make room there and submit again\n")
        self.assertEqual(process.returncode, 0)


class Labels(RankTest):
    def test_stand_before_every_line_and_not_in_the_file(self):
        written = b"one\n\ntwo\rthree\n\n\nfour"
        out = self.output(f"import os\nos.write(1, {written!r})", label="true")
        self.assertEqual(out, b"[3] one\n[3] \n[3] two\rthree\n[3] \n[3] \n[3] four")
        self.assertEqual(self.kept(), written)

    def test_stand_once_before_a_line_that_comes_in_pieces(self):
        out = self.output("""
            import os, time
            for piece in (b"a", b"b", b"c\\n", b"d\\ne", b"\\n", b"\\n"):
                os.write(1, piece)
                time.sleep(0.02)
            """, label="true")
        self.assertEqual(out, b"[3] abc\n[3] d\n[3] e\n[3] \n")


if __name__ == "__main__":
    unittest.main()
