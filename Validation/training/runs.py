"""What is measured: models of torchvision that the recorded truth of the tests does not hold, and a few others."""

OPTIMIZERS = ["sgd", "sgdm", "adam", "adamw"]
BATCHES = [8, 16, 32, 24, 12]

# One architecture of each family first, so that a cut list still says something of all.
MODELS = """
convnext_tiny swin_t swin_v2_t maxvit_t efficientnet_b0 efficientnet_v2_s regnet_y_400mf regnet_x_400mf
mobilenet_v3_large mnasnet1_0 shufflenet_v2_x1_0 resnext50_32x4d wide_resnet50_2 googlenet inception_v3
vit_b_32 vgg11_bn squeezenet1_0 densenet169 resnet34
resnet101 vgg13 vgg19_bn mobilenet_v3_small mnasnet0_5 mnasnet0_75 mnasnet1_3 shufflenet_v2_x0_5
shufflenet_v2_x1_5 shufflenet_v2_x2_0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4
regnet_x_800mf regnet_y_800mf regnet_x_1_6gf regnet_y_1_6gf regnet_x_3_2gf regnet_y_3_2gf
convnext_small convnext_base swin_s swin_b swin_v2_s vit_l_16 vit_l_32 vgg11 vgg13_bn vgg16_bn vgg19
resnet152 resnext101_32x8d densenet161 densenet201 wide_resnet101_2 resnext101_64x4d
efficientnet_b5 efficientnet_v2_m regnet_x_8gf regnet_y_8gf regnet_y_16gf regnet_x_16gf regnet_x_32gf
regnet_y_32gf convnext_large swin_v2_b efficientnet_b6 efficientnet_b7 efficientnet_v2_l vit_h_14
""".split()


def case(model, optimizer, batch, cc=80, workspace=True, size=224):
    return {
        "model": model, "optimizer": optimizer, "batch": batch, "cc": cc, "workspace": workspace,
        "size": size,
    }


# Five reductions by two leave too little of an image of 224 pixels for its auxiliary classifier.
SIZES = {"inception_v3": 299}


def sweep(turn):
    """A run for each model, turning through batches, optimizers, workspaces; some on the next GPU."""
    for index, model in enumerate(MODELS):
        at = index + turn
        yield case(
            model, OPTIMIZERS[(at + turn) % 4], BATCHES[at % 5], cc=90 if at % 6 == 5 else 80,
            workspace=at % 3 != 2, size=SIZES.get(model, 224))


def all_runs():
    """Every model twice, and models of the tests' truth at other batches and with other optimizers."""
    yield from sweep(0)
    yield from sweep(1)
    yield case("resnet50", "adamw", 12)
    yield case("mobilenet_v2", "adam", 24, cc=90)
    yield case("vit_b_16", "adamw", 10, workspace=False)
    yield case("densenet121", "adam", 16)
    yield case("alexnet", "sgd", 8)
    yield case("vgg16", "adamw", 16, cc=90)
    yield case("resnet18", "sgd", 20)
    yield case("squeezenet1_1", "adamw", 8)


RUNS = list(all_runs())
