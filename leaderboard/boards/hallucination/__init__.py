"""What HallusionBench tells of the published models together: causes, bias, weak spots, consistency."""
