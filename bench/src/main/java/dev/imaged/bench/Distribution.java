package dev.imaged.bench;

/** How often each image is asked for. Both draw from all images, so that a large store does not fit into its caches. */
enum Distribution {
    /** All images are asked for equally often. */
    UNIFORM("uniform names") {
        @Override
        Sampler over(int images) {
            return random -> random.nextInt(images);
        }
    },

    /** A few images are asked for most of the time: with the exponent of the YCSB benchmark. */
    ZIPF("Zipf names") {
        @Override
        Sampler over(int images) {
            return new ZipfSampler(images, ZIPF_EXPONENT);
        }
    };

    private static final double ZIPF_EXPONENT = 0.99;

    private final String title;

    Distribution(String title) {
        this.title = title;
    }

    /** Returns how it reads in the name of an operation. */
    String title() {
        return title;
    }

    abstract Sampler over(int images);
}
