"""The module systems of this machine: Lmod, Environment Modules."""
import os
import subprocess
from pathlib import Path

# Name: where its bash initialisation lies (Debian; the module's own variable elsewhere), what it reads.
SYSTEMS = {
    "Lmod": ([os.environ.get("LMOD_PKG", "") + "/init/bash", "/usr/share/lmod/lmod/init/bash"], "{version}.lua"),
    "Environment Modules": ([os.environ.get("MODULESHOME", "") + "/init/bash", "/usr/share/modules/init/bash"], "{version}"),
}


def found(system):
    return next((p for p in SYSTEMS[system][0] if Path(p).exists() and ("lmod" in p) == (system == "Lmod")), None)


class Shell:
    def __init__(self, init, prefix):
        self.start = f"source {init}; module use '{prefix}/share/modulefiles' || exit 99\n"

    def __call__(self, script):
        """(exit status, both streams) of a bash that knows the module path and PATH alone."""
        ended = subprocess.run(["bash", "-c", self.start + script], env={"PATH": "/usr/bin:/bin", "HOME": "/"},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return ended.returncode, ended.stdout
