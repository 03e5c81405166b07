package dev.imaged.oci;

/** All platforms, none better than another. */
@SuppressWarnings("UnusedVariable") // that nothing depends on the platforms is the point
enum AllPlatforms implements PlatformMatcher {
    INSTANCE;

    @Override
    public boolean matches(Platform platform) {
        return true;
    }

    @Override
    public int compare(Platform first, Platform second) {
        return 0;
    }
}
