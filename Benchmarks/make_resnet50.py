#!/usr/bin/env python3
"""Exports torchvision's ResNet-50 (random weights) to ONNX in one file: make_resnet50.py FILE."""

import sys

import torch
import torchvision

model = torchvision.models.resnet50(weights=None).eval()
torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), sys.argv[1], external_data=False)
