"""The program with CUDA where there is no GPU: it computes on the host, says so, and brings kernels for every GPU it names."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "fault"))
import harness
from harness import Case, run

ARCHITECTURES = (80, 90, 100)


class WithoutGpu(Case):
    def digest(self, *overrides):
        ended = self.done(self.train(2, "overwrite_output_dir=true", *overrides))
        self.assertNotIn("\n  device ", ended.out)
        return json.loads((self.out / "all_results.json").read_text())["model_digest"]

    def test_trains_on_the_host_as_if_told_to(self):
        self.assertEqual(self.digest(), self.digest("use_cpu=true"))

    def test_doctor_says_that_the_host_computes(self):
        ended = run(2, "doctor", "--dir", self.dir)

        self.assertIn("no rank sees a GPU: the host's processors compute", ended.out, ended)

    def test_kernels_for_every_architecture_are_in_it(self):
        tool = shutil.which("cuobjdump")
        if tool is None:
            self.skipTest("no cuobjdump here")
        listed = subprocess.run([tool, "--list-elf", harness.PROGRAM], capture_output=True, text=True).stdout

        for architecture in ARCHITECTURES:
            self.assertIn(f"sm_{architecture}", listed)


if Path("/proc/driver/nvidia/version").exists():
    print("there is a GPU here: make gpu-check is what tests it")
    sys.exit(77)
harness.main()
