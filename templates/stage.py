"""Puts a run's inputs onto this node's own disk.

Usage: python -I -S stage.py FOLDER ATTEMPT, once on every node. FOLDER, named chainer-inputs.UID.JOB.WORD, gets
each input; what an earlier attempt put there stays. ATTEMPT is a folder with

  downloads  five strings for each input, each ended by a NUL byte: its name, its source (an address or an
             absolute path), its digest or nothing, the file's name or nothing for a folder, and one for others
  jobs       the numbers of the user's jobs, one per line; missing where they are not known
"""

import hashlib
import os
import shutil
import sys
import time
import urllib.error
import urllib.request

TRIES = 5
PIECE = 1 << 20
PATIENCE_S = 60  # without a byte


class Failure(Exception):
    def __init__(self, what, hint):
        super().__init__(what)
        self.hint = hint


def strings(path):
    with open(path, "rb") as file:
        return [os.fsdecode(text) for text in file.read().split(b"\0")[:-1]]


def remove_those_of_others(folder, attempt):
    """Removes what jobs of the user that are gone have left here. A job newer than this one may have started after
    the list was made."""
    if not os.path.exists(attempt + "/jobs"):
        return
    with open(attempt + "/jobs") as file:
        alive = set(file.read().split())
    parent, own = os.path.split(folder)
    own_job = own.split(".")[2]
    for name in os.listdir(parent):
        stem, _, of_job = name.partition(".%d." % os.getuid())
        job = of_job.partition(".")[0]
        if stem == "chainer-inputs" and job.isdigit() and int(job) < int(own_job) and job not in alive:
            path = os.path.join(parent, name)
            if os.lstat(path).st_uid == os.getuid():
                shutil.rmtree(path, ignore_errors=True)


def make_own_folder(folder):
    """Anybody may write into the folder above it, so what already lies there must be the user's own."""
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        status = os.lstat(folder)
        if status.st_uid != os.getuid() or not os.path.isdir(folder) or os.path.islink(folder):
            raise Failure("cannot use %s: it is another account's" % folder, "tell an administrator")


def fetch(address, part):
    """Continues where `part` ends, in the same version of the file; a server that has another one sends all of it."""
    tag = part + ".tag"
    start = os.path.getsize(part) if os.path.exists(part) and os.path.exists(tag) else 0
    request = urllib.request.Request(address)
    if start:
        with open(tag) as file:
            request.add_header("If-Range", file.read())
        request.add_header("Range", "bytes=%d-" % start)
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE_S)
    except urllib.error.HTTPError as error:
        if start and error.code == 416:  # nothing is left to send, or the file has changed
            os.unlink(tag)
            raise OSError("the server has no more of it")
        raise
    with answer, open(part, "ab" if answer.status == 206 else "wb") as file:
        version = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        if version and not version.startswith("W/"):
            with open(tag, "w") as note:
                note.write(version)
        elif os.path.exists(tag):
            os.unlink(tag)
        wanted = answer.headers.get("Content-Length")
        got = 0
        while True:
            piece = answer.read(PIECE)
            if not piece:
                break
            file.write(piece)
            got += len(piece)
    if wanted is not None and got < int(wanted):
        raise OSError("the connection ended after %d of %s bytes" % (got, wanted))


def is_worth_another_try(error):
    return not isinstance(error, urllib.error.HTTPError) or error.code >= 500 or error.code == 429


def download(address, part):
    for left in reversed(range(TRIES)):
        try:
            return fetch(address, part)
        except OSError as error:  # of urllib, of sockets and of the disk
            reason = "HTTP %d" % error.code if isinstance(error, urllib.error.HTTPError) else str(error)
            if not left or not is_worth_another_try(error):
                hint = "look whether the address is right, and whether the nodes reach it"
                if "CERTIFICATE_VERIFY_FAILED" in reason:
                    hint = "the image needs the package ca-certificates, or the run a SSL_CERT_FILE"
                raise Failure("cannot download %s: %s" % (address, reason), hint)
            time.sleep(TRIES - left)


def copy(source, part):
    try:
        if os.path.isdir(source):
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part, symlinks=True)
        else:
            shutil.copyfile(source, part)
    except (OSError, shutil.Error) as error:
        raise Failure("cannot copy %s: %s" % (source, error), "look at its mode, and at the room on the node's disk")


def check(digest, part, source):
    hashed = hashlib.sha256()
    with open(part, "rb") as file:
        for piece in iter(lambda: file.read(PIECE), b""):
            hashed.update(piece)
    got = "sha256:" + hashed.hexdigest()
    if got != digest:
        os.unlink(part)
        raise Failure("cannot use %s: it is %s, not %s" % (source, got, digest),
                      "change inputs.digest if the data was meant to change")


def stage(folder, name, source, digest, file):
    wanted = os.path.join(folder, name, file) if file else os.path.join(folder, name)
    if os.path.exists(wanted):
        return  # an earlier attempt put all of it there
    part = os.path.join(folder, ".part." + name)
    if source.startswith(("http://", "https://")):
        download(source, part)
    else:
        copy(source, part)
    if digest:
        check(digest, part, source)
    os.makedirs(os.path.dirname(wanted), exist_ok=True)
    os.rename(part, wanted)


def end(what, hint):
    """Written in one piece, so that srun's own lines do not come in between."""
    text = "chainer: node %s: %s\nnext: %s\n" % (os.environ.get("SLURMD_NODENAME", ""), what, hint)
    os.write(2, text.encode("utf-8", "surrogateescape"))
    sys.exit(1)


def main(folder, attempt):
    texts = strings(attempt + "/downloads")
    try:
        remove_those_of_others(folder, attempt)
        make_own_folder(folder)
        for at in range(0, len(texts), 5):
            name, source, digest, file, _ = texts[at : at + 5]
            stage(folder, name, source, digest, file)
    except Failure as failure:
        end(failure, failure.hint)
    except OSError as error:
        end("cannot write into %s: %s" % (folder, error), "look at the room on the node's disk")


main(*sys.argv[1:])
