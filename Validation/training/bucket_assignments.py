"""Makes `Tests/Fixtures/PyTorch/bucket_assignments.json`: which tensors PyTorch's reducer puts into which bucket.

    python Validation/training/bucket_assignments.py Tests/Fixtures/PyTorch/bucket_assignments.json      # torch 2.15, no GPU
"""

import json
import random
import sys

import torch
from torch._C._distributed_c10d import _compute_bucket_assignment_by_size as assign

random.seed(3)
cases = []
for number in range(40):
    count = random.randint(1, 40)
    types = [torch.float32] if number % 3 else [torch.float32, torch.bfloat16]
    tensors = [torch.empty(random.choice([1, 7, 64, 1000, 5000]), dtype=random.choice(types)) for _ in range(count)]
    limits = random.choice([[sys.maxsize], [4096, 16384], [20000], [1, 30000]])
    buckets, _ = assign(tensors, limits)
    cases.append({
        "sizes": [t.numel() for t in tensors], "halves": [t.dtype == torch.bfloat16 for t in tensors],
        "limits": limits, "buckets": buckets})
with open(sys.argv[1], "w") as file:
    rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    file.write('{"source": "PyTorch %s; made by bucket_assignments.py", "cases": [\n%s\n]}\n' % (torch.__version__, rows))
