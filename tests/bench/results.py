"""The results as text: a table, with date, commit and machine above it."""

import os
import platform
import subprocess
import time


def git(source, *words):
    return subprocess.run(["git", "-C", source, *words], capture_output=True,
                          text=True)


def commit(source):
    """The commit that was measured, marked when the tree differs from it.

    Earlier results that are not committed yet are no difference.
    """
    name = git(source, "describe", "--always", "--tags")
    if name.returncode != 0:
        return "no commit"
    same = git(source, "diff", "--quiet", "HEAD", "--", ":/",
               ":(exclude,top)tests/bench/RESULTS.md")
    return name.stdout.strip() + ("" if same.returncode == 0 else
                                  ", with changes")


def field(path, name):
    """The value of the first `name: value` line of a file of /proc."""
    try:
        with open(path) as f:
            for line in f:
                key, _, value = line.partition(":")
                if key.strip() == name:
                    return value.strip()
    except OSError:
        pass
    return None


def machine():
    """Processor, memory and kernel in a line."""
    processor = field("/proc/cpuinfo", "model name") or platform.machine()
    memory = field("/proc/meminfo", "MemTotal")
    parts = [f"{len(os.sched_getaffinity(0))} × {processor}"]
    if memory:
        parts.append(f"{int(memory.split()[0]) / 2**20:.1f} GiB")
    parts.append(f"{platform.system()} {platform.release()}")
    return ", ".join(parts)


def table(outcomes):
    """A Markdown table of the outcomes."""
    lines = ["| what | bar | measured | control | verdict |",
             "| --- | --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(o) + " |" for o in outcomes]
    return "\n".join(lines) + "\n"


def report(outcomes, source, rounds):
    """A section of RESULTS.md."""
    date = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return (f"## {date}, {commit(source)}\n\n{machine()}; {rounds} rounds\n\n"
            f"{table(outcomes)}")


def append(path, text):
    with open(path, "a", encoding="utf-8") as f:
        f.write("\n" + text)
