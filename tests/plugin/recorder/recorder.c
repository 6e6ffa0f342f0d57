/* A SPANK plugin that writes down which hook Slurm calls, where and as whom: what the fake Slurm of the
 * plugin tests replays. One line a call, appended to the file that plugstack.conf names. */
#include <slurm/spank.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

SPANK_PLUGIN(recorder, 1);

static char recording[PATH_MAX];

static const char *context_name(void) {
  switch (spank_context()) {
    case S_CTX_LOCAL: return "local";
    case S_CTX_REMOTE: return "remote";
    case S_CTX_ALLOCATOR: return "allocator";
    case S_CTX_SLURMD: return "slurmd";
    case S_CTX_JOB_SCRIPT: return "job_script";
    default: return "error";
  }
}

static void name_step(spank_t spank, char *text, size_t size) {
  uint32_t step = 0;
  if (spank_context() != S_CTX_REMOTE || spank_get_item(spank, S_JOB_STEPID, &step) != ESPANK_SUCCESS) {
    snprintf(text, size, "-");
  } else if (step == 0xfffffffb) {
    snprintf(text, size, "batch");
  } else if (step == 0xfffffffa) {
    snprintf(text, size, "interactive");
  } else {
    snprintf(text, size, "%u", step);
  }
}

/* pid, parent, hook, context, uid, effective uid, step, task, argument, whether SIGTERM is blocked, directory */
static void write_down(spank_t spank, const char *hook, const char *argument) {
  char line[2 * PATH_MAX], step[32] = "-", directory[PATH_MAX] = "?";
  int task = -1, fd, size;
  sigset_t blocked;

  if (spank) {
    name_step(spank, step, sizeof step);
    if (spank_get_item(spank, S_TASK_ID, &task) != ESPANK_SUCCESS) task = -1;
  }
  sigprocmask(SIG_SETMASK, NULL, &blocked);
  if (!getcwd(directory, sizeof directory)) strcpy(directory, "?");
  size = snprintf(line, sizeof line, "%d\t%d\t%s\t%s\t%d\t%d\t%s\t%d\t%s\t%s\t%s\n", getpid(), getppid(), hook,
                  context_name(), getuid(), geteuid(), step, task, argument ? argument : "",
                  sigismember(&blocked, SIGTERM) ? "blocked" : "open", directory);
  fd = open(recording, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, line, (size_t)size) < 0) perror(recording);
  close(fd);
}

static int on_option(int number, const char *argument, int remote) {
  (void)number;
  write_down(NULL, remote ? "option_remote" : "option_local", argument);
  return 0;
}

int slurm_spank_init(spank_t spank, int count, char **arguments) {
  struct spank_option option = {"record", "VALUE", "written down by the recorder", 1, 0, on_option};
  if (count > 0) snprintf(recording, sizeof recording, "%s", arguments[0]);
  write_down(spank, "init", NULL);
  return spank_context() == S_CTX_SLURMD || spank_context() == S_CTX_JOB_SCRIPT
             ? 0 : (int)spank_option_register(spank, &option);
}

#define HOOK(name) \
  int slurm_spank_##name(spank_t spank, int count, char **arguments) { \
    (void)count, (void)arguments; \
    write_down(spank, #name, NULL); \
    return 0; \
  }
HOOK(init_post_opt)
HOOK(local_user_init)
HOOK(user_init)
HOOK(task_init_privileged)
HOOK(task_init)
HOOK(task_post_fork)
HOOK(task_exit)
HOOK(exit)
