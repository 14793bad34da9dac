"""The package against a stub of the tool, and against the real ones where they are."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import memfit
from memfit import _export
from memfit._estimate import estimate

STUB = str(Path(__file__).with_name("stub_tool.py"))
HAS_TORCH, HAS_TIMM, HAS_TRANSFORMERS = (
    importlib.util.find_spec(name) is not None for name in ("torch", "timm", "transformers")
)
REAL_TOOL = os.environ.get("MEMFIT") or shutil.which("memfit")


class Module:
    """As much of a module as the stubbed way needs."""

    training = True


def write_nothing(model, sample_inputs, path):
    Path(path).write_bytes(b"")


class WithStub(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(_export, "export", write_nothing))
        self.enterContext(mock.patch.dict(os.environ, {"MEMFIT": STUB}))

    def enterContext(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def ask(self, mode="answer", **arguments):
        with mock.patch.dict(os.environ, {"STUB_MODE": mode}):
            return estimate(Module(), (), **arguments)

    def test_figures_are_the_report_s(self):
        answer = self.ask()
        self.assertEqual((answer.total, answer.available, answer.fits), (4096, 8192, True))
        self.assertEqual(answer.breakdown["gradients"], 20)
        self.assertEqual(answer.peak, memfit.Peak(60, 512, 2048, "backward", "mm", "fc"))
        self.assertEqual(answer.peak.requested, sum(answer.breakdown.values()))
        self.assertIn("fits: 4,096 of 8,192", str(answer))

    def test_asks_for_what_was_said(self):
        asked = self.ask(
            optimizer="adamw", device="v100-16gb", precision="amp-bf16", loss="mse",
            sizes={"batch": 8}, options=["--channels-last"],
        ).report["asked"]
        self.assertEqual(asked[0], "train")
        self.assertTrue(asked[1].endswith("Module.pt2"))
        for pair in (
            ["--optimizer", "adamw"], ["--device", "v100-16gb"], ["--precision", "amp-bf16"],
            ["--loss", "mse"], ["--set", "batch=8"], ["--format", "json"],
        ):
            self.assertEqual(asked[asked.index(pair[0]) + 1], pair[1])
        self.assertIn("--channels-last", asked)

    def test_the_file_is_there_while_asked_and_gone_afterwards(self):
        report = self.ask().report
        self.assertTrue(report["exported"])
        self.assertFalse(os.path.exists(report["asked"][1]))

    def test_not_fitting_is_an_answer(self):
        self.assertFalse(self.ask("full").fits)

    def test_the_tool_s_refusal_is_passed_on(self):
        with self.assertRaisesRegex(memfit.ToolError, "nothing leads to a loss") as caught:
            self.ask("refuse")
        self.assertEqual(caught.exception.status, 2)

    def test_what_is_no_report_is_refused(self):
        with self.assertRaisesRegex(memfit.ToolError, "no JSON"):
            self.ask("garbage")
        with self.assertRaisesRegex(memfit.ToolError, "no graph"):
            self.ask("silent")


class FindingTheTool(unittest.TestCase):
    def test_the_environment_comes_first(self):
        with mock.patch.dict(os.environ, {"MEMFIT": STUB}):
            self.assertEqual(memfit.find_tool(), STUB)

    def test_a_wrong_path_in_the_environment_is_told(self):
        with mock.patch.dict(os.environ, {"MEMFIT": "/nowhere/memfit"}):
            with self.assertRaisesRegex(memfit.ToolNotFound, "/nowhere/memfit"):
                memfit.find_tool()

    def test_the_path_is_searched(self):
        with tempfile.TemporaryDirectory() as folder:
            tool = shutil.copy(STUB, os.path.join(folder, "memfit"))
            with mock.patch.dict(os.environ, {"PATH": folder}):
                os.environ.pop("MEMFIT", None)
                self.assertEqual(memfit.find_tool(), tool)

    def test_none_is_told(self):
        with mock.patch.dict(os.environ, {"PATH": ""}):
            os.environ.pop("MEMFIT", None)
            with self.assertRaises(memfit.ToolNotFound):
                memfit.find_tool()


class Importing(unittest.TestCase):
    def test_importing_the_package_imports_no_torch(self):
        check = "import memfit, sys; sys.exit('torch' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-c", check], check=False).returncode, 0)

    def test_sample_inputs_become_arguments(self):
        self.assertEqual(_export.call_arguments(1), ((1,), {}))
        self.assertEqual(_export.call_arguments([1, 2]), ((1, 2), {}))
        self.assertEqual(_export.call_arguments({"ids": 1}), ((), {"ids": 1}))


@unittest.skipUnless(HAS_TORCH, "PyTorch is not installed")
class WithTorch(unittest.TestCase):
    def broken(self):
        import torch

        class Branch(torch.nn.Module):
            def forward(self, x):
                return x * 2 if x.sum() > 0 else x

        class Model(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.blocks = torch.nn.Sequential(torch.nn.Linear(4, 4), Branch())

            def forward(self, x):
                return self.blocks(x)

        return Model(), torch.zeros(2, 4)

    def test_a_failing_export_names_the_layer(self):
        model, inputs = self.broken()
        with self.assertRaises(memfit.ExportError) as caught:
            estimate(model, inputs, tool=STUB)
        self.assertEqual(caught.exception.layer, "blocks.1")
        self.assertEqual(caught.exception.layer_type, "Branch")
        self.assertIn("layer 'blocks.1' (Branch)", str(caught.exception))
        self.assertIsNotNone(caught.exception.__cause__)

    def test_wrong_shapes_name_the_layer(self):
        import torch

        model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(5, 2))
        with self.assertRaises(memfit.ExportError) as caught:
            estimate(model, torch.zeros(2, 4), tool=STUB)
        self.assertEqual(caught.exception.layer, "2")

    def test_evaluation_mode_is_warned_of(self):
        import torch

        with self.assertWarnsRegex(UserWarning, "evaluation mode"):
            estimate(torch.nn.Linear(4, 2).eval(), torch.zeros(2, 4), tool=STUB)

    def test_a_module_is_exported_for_the_tool(self):
        import torch

        answer = estimate(torch.nn.Linear(4, 2), torch.zeros(2, 4), tool=STUB)
        self.assertTrue(answer.report["exported"])

    @unittest.skipUnless(HAS_TRANSFORMERS, "transformers is not installed")
    def test_a_language_model_is_exported_without_its_cache(self):
        import torch
        import transformers

        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=64)
        ).train()
        self.assertTrue(model.config.use_cache)
        tokens = torch.zeros(2, 16, dtype=torch.long)
        inputs = {"input_ids": tokens, "labels": tokens}
        self.assertTrue(estimate(model, inputs, tool=STUB).report["exported"])
        self.assertTrue(model.config.use_cache)
        if REAL_TOOL:
            answer = estimate(model, inputs, optimizer="adamw", tool=REAL_TOOL)
            # The head is the table of the tokens, which counts once.
            parameters = 4 * sum(parameter.numel() for parameter in model.parameters())
            self.assertEqual(answer.breakdown["parameters"], parameters)
            self.assertEqual(answer.diagnostics, [])

    @unittest.skipUnless(HAS_TIMM and REAL_TOOL, "timm or the memfit tool is not installed")
    def test_the_real_tool_knows_networks_of_timm(self):
        import timm
        import torch

        model = timm.create_model("resnet10t", num_classes=5).train()
        answer = estimate(model, torch.zeros(2, 3, 64, 64), optimizer="sgd", tool=REAL_TOOL)
        self.assertEqual(answer.diagnostics, [])

    @unittest.skipUnless(REAL_TOOL, "the memfit tool is not installed")
    def test_the_real_tool_tells_what_a_small_network_takes(self):
        import torch

        model = torch.nn.Sequential(
            torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10)
        )
        answer = estimate(model, torch.zeros(32, 784), optimizer="adam", tool=REAL_TOOL)
        parameters = 4 * sum(parameter.numel() for parameter in model.parameters())
        self.assertTrue(answer.fits)
        self.assertEqual(answer.breakdown["parameters"], parameters)
        self.assertEqual(answer.peak.requested, sum(answer.breakdown.values()))
        # Adam keeps two numbers for each parameter, and a step count of four bytes for each tensor,
        # which lies on the host.
        self.assertGreaterEqual(answer.breakdown["optimizerState"], 2 * parameters)


if __name__ == "__main__":
    unittest.main()
