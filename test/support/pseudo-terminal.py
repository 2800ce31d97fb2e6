# Runs a program at a pseudo-terminal, as a shell with job control would: a session leader whose child is the foreground
# process group. Requests come as JSON lines on standard input, and what happens goes as JSON lines to standard output.
import fcntl
import json
import os
import pty
import resource
import select
import signal
import sys
import termios


def say(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def lead(argv, report):
    """The session leader: starts the program in the foreground, and tells of its ends and stops."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    pid = os.fork()
    if pid == 0:
        os.close(report)
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        # Some of the signals that the tests send would leave core files.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.execv(argv[0], argv)
    os.write(report, b"pid %d\n" % pid)
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED | os.WCONTINUED)
        if os.WIFSTOPPED(status):
            os.write(report, b"stopped %d\n" % os.WSTOPSIG(status))
        elif os.WIFCONTINUED(status):
            os.write(report, b"continued 0\n")
        elif os.WIFSIGNALED(status):
            os.write(report, b"signal %d\n" % os.WTERMSIG(status))
            os._exit(0)
        else:
            os.write(report, b"exit %d\n" % os.WEXITSTATUS(status))
            os._exit(0)


def answer(request, master, target):
    if "type" in request:
        os.write(master, request["type"].encode())
    elif "signal" in request:
        os.kill(target, getattr(signal, request["signal"]))
    elif "modes" in request:
        flags = termios.tcgetattr(master)[3]
        say(modes={"echo": bool(flags & termios.ECHO), "canonical": bool(flags & termios.ICANON)})
    elif "setEcho" in request:
        modes = termios.tcgetattr(master)
        modes[3] |= termios.ECHO
        termios.tcsetattr(master, termios.TCSANOW, modes)
        say(done=True)


def main():
    read_report, write_report = os.pipe()
    # The slave is held open here too, so that the modes can be asked for when the program is gone.
    master, slave = pty.openpty()
    if os.fork() == 0:
        os.close(read_report)
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.close(slave)
        lead(sys.argv[1:], write_report)
    os.close(write_report)
    target = 0
    watched = [0, master, read_report]
    pending = {0: b"", read_report: b""}
    while True:
        ready, _, _ = select.select(watched, [], [])
        if master in ready:
            say(output=os.read(master, 65536).decode("latin-1"))
        for fd in (read_report, 0):
            if fd not in ready:
                continue
            got = os.read(fd, 65536)
            if not got:
                if fd == 0:
                    os.close(slave)
                    if target:
                        try:
                            os.kill(target, signal.SIGKILL)
                        except ProcessLookupError:
                            pass
                    return
                watched.remove(read_report)
                continue
            *lines, pending[fd] = (pending[fd] + got).split(b"\n")
            for line in lines:
                if fd == 0:
                    answer(json.loads(line), master, target)
                    continue
                what, number = line.decode().split()
                if what == "pid":
                    target = int(number)
                say(**{what: int(number)})


main()
