"""Makes small folders laid out as the Hugging Face libraries lay out theirs.

    pip install safetensors==0.8.0 numpy==2.4.6 && python make_fixtures.py

Layouts: https://huggingface.co/docs/diffusers/using-diffusers/other-formats,
https://huggingface.co/docs/peft/developer_guides/checkpoint and
https://sbert.net/docs/package_reference/sentence_transformer/models.html
"""

import json
import pathlib
import shutil

import numpy
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent


def weights(path, shapes, kind=numpy.float32):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: numpy.zeros(shape, kind) for name, shape in shapes.items()}, path)
    path.chmod(0o644)


def document(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n")


def main():
    for old in HERE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    layer = {"layer.weight": (4, 3), "layer.bias": (4,)}
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "dtype": "float32"}

    plain = HERE / "plain"
    document(plain / "config.json", config)
    weights(plain / "model.safetensors", layer)

    # The same weights in half precision and for another library.
    variants = HERE / "variants"
    document(variants / "config.json", config)
    weights(variants / "model.safetensors", layer)
    weights(variants / "model.fp16.safetensors", layer, numpy.float16)
    (variants / "pytorch_model.bin").write_bytes(b"not read")
    (variants / "training_args.bin").write_bytes(b"not weights")

    weights(HERE / "halfonly" / "model.fp16.safetensors", layer, numpy.float16)

    sharded = HERE / "sharded"
    names = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    weights(sharded / names[0], {"layer.weight": (4, 3)})
    weights(sharded / names[1], {"layer.bias": (4,)})
    document(sharded / "model.safetensors.index.json", {
        "metadata": {"total_size": 64},
        "weight_map": {"layer.weight": names[0], "layer.bias": names[1]}})

    adapter = HERE / "adapter"
    document(adapter / "adapter_config.json", {
        "peft_type": "LORA", "r": 2, "base_model_name_or_path": "org/base"})
    weights(adapter / "adapter_model.safetensors", {
        "base_model.model.q_proj.lora_A.weight": (2, 8),
        "base_model.model.q_proj.lora_B.weight": (8, 2)})

    pipeline = HERE / "pipeline"
    document(pipeline / "model_index.json", {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.35.0",
        "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
        "scheduler": ["diffusers", "DDIMScheduler"], "safety_checker": [None, None],
        "text_encoder": ["transformers", "CLIPTextModel"], "requires_safety_checker": False})
    document(pipeline / "scheduler" / "scheduler_config.json", {})
    document(pipeline / "unet" / "config.json", {"_class_name": "UNet2DConditionModel"})
    weights(pipeline / "unet" / "diffusion_pytorch_model.safetensors", layer)
    weights(pipeline / "unet" / "diffusion_pytorch_model.fp16.safetensors", layer, numpy.float16)
    weights(pipeline / "vae" / "diffusion_pytorch_model.safetensors", {"conv.weight": (2, 2)})
    weights(pipeline / "whole.safetensors", layer)

    sentence = HERE / "sentence"
    document(sentence / "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling",
         "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}])
    document(sentence / "config.json", {"model_type": "bert", "architectures": ["BertModel"]})
    weights(sentence / "model.safetensors", layer)
    document(sentence / "1_Pooling" / "config.json", {"pooling_mode_mean_tokens": True})
    weights(sentence / "2_Dense" / "model.safetensors", {"linear.weight": (5, 4)})

    document(HERE / "empty" / "config.json", config)


if __name__ == "__main__":
    main()
