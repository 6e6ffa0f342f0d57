"""What the tests of containers share: a booted cluster around each file, images, and steps."""
