"""What the scripts that start fullshard and its peers share. Needs none of the peers' libraries, as those scripts do."""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT = 1800  # seconds of one program; a peer that lost a rank waits for ever


def parser(doc, rounds=3, paths=()):
    """Options that all scripts have; `paths` are further positional ones."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("fullshard", "venv", *paths):
        p.add_argument(name, type=os.path.abspath)
    p.add_argument("--rounds", type=int, default=rounds)
    p.add_argument("--ranks", type=int, default=2)
    p.add_argument("--launcher", default="mpirun", help="what starts fullshard's ranks, up to -n")
    p.add_argument("--json", metavar="OUT", help="a file for every single result")
    return p


def run(command, **env):
    """Both streams of a program with one thread per process; ends with them where it fails before it has said its result."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE, env=dict(os.environ, OMP_NUM_THREADS="1", **env),
                          timeout=TIMEOUT)
    if done.returncode != 0 and any(line.startswith('{"peer"') for line in done.stdout.splitlines()):
        print(f"note: {' '.join(command)} ended with status {done.returncode} after its result", file=sys.stderr)  # torch's exit does at times
    elif done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout + done.stderr


def on_ranks(a, *command):
    """The command line of fullshard's ranks."""
    return [*a.launcher.split(), "-n", str(a.ranks), *command]


def venv_path(a):
    """torchrun comes from the environment; DeepSpeed finds ninja for its kernels on the path."""
    return {"PATH": f"{a.venv}/bin:{os.environ['PATH']}"}


def torchrun(a, script, *arguments, **env):
    return run([f"{a.venv}/bin/torchrun", "--standalone", "--nproc-per-node", str(a.ranks), os.path.join(HERE, script), *arguments],
               **venv_path(a), **env)


def said(output, key):
    """The last line of JSON that begins with `key`."""
    line = next((line for line in reversed(output.splitlines()) if line.startswith(f'{{"{key}"')), None)
    return json.loads(line) if line else sys.exit(f"expected a line that begins with {key} in\n{output[-3000:]}")


def table(results):
    """Of {name: rounds}; each round has a median, fullshard's come first."""
    ours = [r["median"] for r in results["fullshard"]]
    print(f"\n{'':34}{'best s':>9}{'median s':>10}{'best / fullshard':>18}{'median / fullshard':>20}{'MiB':>7}")
    for name, rounds in results.items():
        medians = [r["median"] for r in rounds]
        best, middle = min(medians), statistics.median(medians)
        print(f"{name:34}{best:9.4f}{middle:10.4f}{best / min(ours):18.2f}{middle / statistics.median(ours):20.2f}{rounds[0].get('peak_rss_mib', ''):>7}")


def versions(a):
    """Of the peers' libraries; needs no more of the environment than its python."""
    code = "import importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in ('torch', 'deepspeed', 'transformers')))"
    return run([f"{a.venv}/bin/python", "-c", code]).strip()


def finish(a, results):
    """Keeps the results and says what they were measured with."""
    if a.json:
        with open(a.json, "w", encoding="ascii") as f:
            json.dump(results, f, indent=1)
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = next((line.partition(":")[2].strip() for line in f if line.startswith("model name")), "unknown CPU")
    print(f"\n{cpu}, {os.cpu_count()} cores\n{run([a.fullshard, '--version']).splitlines()[0]}, {versions(a)}")
