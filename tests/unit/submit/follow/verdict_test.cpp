#include "submit/follow/verdict.hpp"

#include <gtest/gtest.h>

namespace chainer::verdict_test {
namespace {

constexpr const char* traceback =
    "epoch 1\nTraceback (most recent call last):\n  File \"train.py\", line 3, in <module>\n"
    "    main()\nValueError: bad\x1b[31m shape\nother output\n"
    "Traceback (most recent call last):\n  File \"x\"\nRuntimeError: of another rank\n";

class Verdict : public testing::Test {
 protected:
  void rank(int number, int code) {
    failure_.record.ranks[number] = code;
    failure_.record.first_failure = number;
    failure_.record.first_failure_node = "n2";
    failure_.record.status = code;
  }

  follow::Failure failure_{"7",
                           "FAILED",
                           false,
                           follow::parse_record("start 1 n[1-2]\nprepared 2 0\nrun 2 4\n"),
                           {1, 100, std::uint64_t{64} << 20},
                           "",
                           "",
                           "",
                           "7.out",
                           "7.preparation.log"};
};

TEST_F(Verdict, NamesTheExceptionOfTheFirstRank) {
  rank(2, 1);
  failure_.log_end = traceback;
  EXPECT_EQ(follow::verdict(failure_),
            "rank 2 on n2 failed first, with exit code 1: ValueError: bad[31m shape; log 7.out");
}

TEST_F(Verdict, NamesTheLastOfExceptionsThatLedToEachOther) {
  EXPECT_EQ(follow::exception_in(
                "Traceback (most recent call last):\n  x\nKeyError: 'a'\n\nDuring handling of "
                "the above exception, another exception occurred:\n\nTraceback (most recent "
                "call last):\n  y\nmodule.Error: b\n"),
            "module.Error: b");
  EXPECT_EQ(follow::exception_in("no such thing\n"), "");
  const std::string unreadable =
      "  File \"/runs/r/source/main.py\", line 1\n    def f(:\n          ^\n"
      "SyntaxError: invalid syntax\nsrun: error: n1: task 0: Exited with exit code 1\n";
  EXPECT_EQ(follow::exception_in(unreadable), "SyntaxError: invalid syntax");
  EXPECT_EQ(follow::last_exception_in(unreadable), "SyntaxError: invalid syntax");
  const std::string of_another_encoding =
      "SyntaxError: Non-UTF-8 code starting with '\\xe4' in file x.py on line 1\nsrun: error: n1\n";
  for (const auto& exception : {follow::exception_in(of_another_encoding),
                                follow::last_exception_in(of_another_encoding)}) {
    EXPECT_EQ(exception,
              "SyntaxError: Non-UTF-8 code starting with '\\xe4' in file x.py on line 1");
  }
}

TEST_F(Verdict, TakesTheExceptionFromWhatTheRankWroteItself) {
  rank(2, 1);
  failure_.log_end = traceback;
  failure_.rank_end =
      "Traceback (most recent call last):\n  x\nKeyError: 'caught'\ngoing on\n"
      "Traceback (most recent call last):\n  y\nOSError: 'the end'\n";
  EXPECT_EQ(follow::verdict(failure_),
            "rank 2 on n2 failed first, with exit code 1: OSError: 'the end'; log 7.out");
  failure_.rank_end = "no exception\n";
  EXPECT_EQ(follow::verdict(failure_), "rank 2 on n2 failed first, with exit code 1; log 7.out");
}

TEST_F(Verdict, SaysAnExitCodeAndSignalsInWords) {
  rank(2, 3);
  EXPECT_EQ(follow::verdict(failure_), "rank 2 on n2 failed first, with exit code 3; log 7.out");
  rank(2, 139);
  EXPECT_EQ(follow::verdict(failure_),
            "rank 2 on n2 failed first, of SIGSEGV: a segmentation fault; log 7.out");
  rank(2, 137);
  EXPECT_EQ(follow::verdict(failure_),
            "rank 2 on n2 failed first, of SIGKILL: it was killed; log 7.out");
}

TEST_F(Verdict, NamesTheSizeOfSharedMemoryForABusError) {
  rank(0, 135);
  EXPECT_EQ(follow::verdict(failure_),
            "rank 0 on n2 failed first, of SIGBUS: a page that is not there; a full /dev/shm does "
            "that: shm_size gave it 64m; log 7.out");
}

TEST_F(Verdict, NamesTheFolderThatIsFull) {
  rank(2, 1);
  failure_.rank_end =
      "Traceback (most recent call last):\n  x\nOSError: [Errno 28] No space left on device\n";
  failure_.record.full_folder = "/tmp";
  EXPECT_EQ(follow::verdict(failure_),
            "rank 2 on n2 failed first, with exit code 1: OSError: [Errno 28] No space left on "
            "device; /tmp on n2 is full; log 7.out");
  failure_.record.full_folder = "/dev/shm";
  EXPECT_EQ(follow::verdict(failure_),
            "rank 2 on n2 failed first, with exit code 1: OSError: [Errno 28] No space left on "
            "device; /dev/shm on n2 is full: shm_size gave it 64m; log 7.out");
  rank(2, 135);
  failure_.rank_end = "";
  EXPECT_EQ(follow::verdict(failure_),
            "rank 2 on n2 failed first, of SIGBUS: a page that is not there; /dev/shm on n2 is "
            "full: shm_size gave it 64m; log 7.out");
}

TEST_F(Verdict, NamesTheFolderWhereAQuotaIsUsedUp) {
  rank(2, 1);
  failure_.rank_end =
      "Traceback (most recent call last):\n  x\nOSError: [Errno 122] Disk quota exceeded\n";
  failure_.record.full_folder = "/runs/ada/r/attempts/7.0";
  EXPECT_EQ(
      follow::verdict(failure_),
      "rank 2 on n2 failed first, with exit code 1: OSError: [Errno 122] Disk quota exceeded; "
      "/runs/ada/r/attempts/7.0 on n2 is full: your quota is used up; log 7.out");
}

/// A run whose own folder is full can write nothing about itself.
TEST_F(Verdict, SaysThatNoRoomIsLeftForTheRun) {
  failure_.record = {};
  failure_.full_folder = "/runs/ada/r";
  EXPECT_EQ(follow::verdict(failure_),
            "job 7 could not start its script: Slurm says FAILED; no room is left in /runs/ada/r");
}

TEST_F(Verdict, NamesTheNodeThatWasLost) {
  failure_.state = "NODE_FAIL";
  failure_.log_end = "srun: error: Node failure on n2\nmore\n";
  EXPECT_EQ(follow::verdict(failure_), "job 7 lost the node n2; log 7.out");
  // What Slurm then did to the other ranks explains nothing.
  for (const int code : {143, 137}) {
    rank(0, code);
    EXPECT_EQ(follow::verdict(failure_), "job 7 lost the node n2; log 7.out");
  }
  failure_.record.ranks.clear();
  failure_.log_end = "";
  EXPECT_EQ(follow::verdict(failure_), "job 7 lost a node; log 7.out");
}

/// The shells and wrappers of all ranks are killed before they write.
TEST_F(Verdict, NamesTheRankThatCalledMpiAbort) {
  failure_.record.status = 137;
  failure_.log_end =
      std::string(traceback) +
      "MPI_ABORT was invoked on rank 3 in communicator MPI_COMM_WORLD\nwith errorcode 9.\n";
  const std::string rest = " called MPI_Abort with code 9: ValueError: bad[31m shape; log 7.out";
  EXPECT_EQ(follow::verdict(failure_), "rank 3" + rest);
  rank(0, 137);
  EXPECT_EQ(follow::verdict(failure_), "rank 3" + rest);
  // It may come to note its own end.
  failure_.log_end += "srun: error: n1: tasks 0-1: Killed\nsrun: error: n2: tasks 2-3: Killed\n";
  EXPECT_EQ(follow::verdict(failure_), "rank 3 on n2" + rest);
  rank(3, 9);
  EXPECT_EQ(follow::verdict(failure_), "rank 3 on n2" + rest);
}

TEST_F(Verdict, NamesTheRankThatCalledMpiAbortOfMpich) {
  failure_.record.status = 137;
  for (const std::string communicator : {"MPI_COMM_WORLD", "comm=0x84000000"}) {
    failure_.log_end = std::string(traceback) + "application called MPI_Abort(" + communicator +
                       ", 9) - process 3\n[unset]: aborting job:\n";
    EXPECT_EQ(follow::verdict(failure_),
              "rank 3 called MPI_Abort with code 9: ValueError: bad[31m shape; log 7.out");
  }
}

TEST_F(Verdict, NamesTheLimitAndTheKeyThatSetsIt) {
  failure_.state = "TIMEOUT";
  EXPECT_EQ(follow::verdict(failure_),
            "job 7 ran out of time: max_run_duration_seconds gave it 1 min; log 7.out");
  failure_.state = "OUT_OF_MEMORY";
  rank(1, 137);
  EXPECT_EQ(follow::verdict(failure_),
            "job 7 ran out of memory: slurm.mem gave it 100 MiB on each node; rank 1 on n2 failed "
            "first, of SIGKILL: it was killed; log 7.out");
}

TEST_F(Verdict, NamesTheReasonOfAPreparationThatFailed) {
  failure_.record.preparation = 1;
  failure_.preparation_end =
      "chainer: node n1: 1 of 2 MB\nchainer: node n1, step 7.0: cannot install the packages: uv "
      "failed\nnext: x\n"
      "srun: error: n1: task 0: Exited with exit code 1\n";
  EXPECT_EQ(follow::verdict(failure_),
            "the preparation failed on n1: cannot install the packages: uv failed; next: x; "
            "log 7.preparation.log");
  failure_.preparation_end = "Illegal instruction\nsrun: error: n1: task 0: Exited\n";
  EXPECT_EQ(follow::verdict(failure_),
            "the preparation ended with exit code 1: Illegal instruction; "
            "log 7.preparation.log");
}

TEST_F(Verdict, SaysOfAJobThatNeverStartedOnlyWhatSlurmSays) {
  failure_.record = {};
  failure_.state = "NODE_FAIL";
  EXPECT_EQ(follow::verdict(failure_), "job 7 lost a node");
  failure_.state = "FAILED";
  EXPECT_EQ(follow::verdict(failure_), "job 7 could not start its script: Slurm says FAILED");
}

}  // namespace
}  // namespace chainer::verdict_test
