"""The process that owns a cluster: it starts the cluster's init and takes everything down after it.

It lives outside of the cluster's namespaces and in a session of its own, so that neither Ctrl-C nor the death of
with-cluster, even by SIGKILL, keeps it from cleaning up.
"""

import json
import os
import select
import signal
import traceback

from . import blueprint, cgroups, child, daemons, kernel, loop_devices
from .failure import Failure
from .init import Init
from .signals import SignalPipe

KEEP = b"k"


class Supervisor:
    """`life` reads from with-cluster: KEEP, or its end; JSON lines for it go to `report`."""

    def __init__(self, folder, options, life, report):
        self._folder = folder
        self._options = options
        self._life = life
        self._report = report
        self._cgroup = cgroups.of(folder.path.name) if options.cgroups else None

    def run(self):
        os.setsid()
        child.restore_signals()
        stop = SignalPipe([signal.SIGTERM], ignored=[signal.SIGINT, signal.SIGHUP]).fd
        self._detach_output()
        init = None
        try:
            init = self._start()
            self._wait_for_end(stop, os.pidfd_open(init))
        except Failure as failure:
            self._say(failed=failure.what, hint=failure.hint, exit_code=failure.exit_code)
        except Exception:
            self._say(failed="the cluster could not be made:\n" + traceback.format_exc())
        finally:
            self._take_down(init)

    def _start(self):
        plan = blueprint.draw(self._folder, self._options, self._cgroup)
        if self._cgroup:
            self._cgroup.create()
        kernel.unshare(kernel.CLONE_NEWPID)
        init = os.fork()
        if init == 0:
            self._be_init(plan)
        self._say(
            init=init,
            supervisor=os.getpid(),
            environment=plan.environment,
            cgroups=self._options.cgroups,
            account=vars(plan.ordinary),
            command_account=vars(plan.command_account),
        )
        return init

    def _be_init(self, plan):
        """Never returns: process 1 boots, says how that went, and reaps until it is killed."""
        try:
            os.close(self._life)
            signal.set_wakeup_fd(-1)
            init = Init(plan)
            init.boot()
            self._say(ready=True)
            os.close(self._report)
            init.reap_forever()
        except Failure as failure:
            self._say(failed=failure.what, hint=failure.hint, exit_code=failure.exit_code)
        except BaseException:
            self._say(failed="the cluster could not boot:\n" + traceback.format_exc())
        finally:
            os._exit(1)

    def _wait_for_end(self, stop, init_ended):
        """Returns when with-cluster has gone without asking to keep the cluster, on SIGTERM, or with init."""
        ready, _, _ = select.select([stop, init_ended, self._life], [], [])
        if ready == [self._life] and os.read(self._life, 1) == KEEP:
            select.select([stop, init_ended], [], [])

    def _take_down(self, init):
        signal.set_wakeup_fd(-1)
        if init:
            # The end of process 1 ends every process of its namespace; their mounts go with them.
            os.kill(init, signal.SIGKILL)
            os.waitpid(init, 0)
            self._report_ended_daemons()
        for step in (self._detach_loop_devices, self._remove_cgroups, self._folder.remove):
            try:
                step()
            except OSError as error:
                self._say(warning=str(error))

    def _report_ended_daemons(self):
        ended = daemons.ended(self._folder)
        if ended:
            self._say(warning=ended.rstrip())

    def _detach_loop_devices(self):
        for left in loop_devices.detach_those_of(self._folder.path):
            self._say(warning=f"{left} was left attached by the cluster, and is detached now")

    def _remove_cgroups(self):
        if self._cgroup:
            self._cgroup.remove()

    def _say(self, **fields):
        try:
            os.write(self._report, json.dumps(fields).encode() + b"\n")
        except OSError:
            pass  # with-cluster is gone

    def _detach_output(self):
        log = os.open(self._folder.log("supervisor"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, null), (1, log), (2, log)):
            os.dup2(source, target)
