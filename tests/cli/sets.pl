#!/usr/bin/perl
# Small copies of the data sets that are made of files, for tests: valid files, plain images. Sizes are those of the
# published files where a data set insists on them; files of the same content are links.
# usage: sets.pl FOLDER [DATASET]...   (default: all)
use strict;
use warnings;
use Compress::Zlib;
use File::Basename 'dirname';
use File::Path 'make_path';

my ( $root, @asked ) = @ARGV;
die "usage: sets.pl FOLDER [DATASET]...\n" if !defined $root;

sub put {
    my ( $name, @parts ) = @_;
    make_path( dirname("$root/$name") );
    open my $file, '>:raw', "$root/$name" or die "$root/$name: $!\n";
    print $file @parts or die "$root/$name: $!\n";
    close $file or die "$root/$name: $!\n";
}

# A colour each for some thousand images of a class.
sub colours {
    my ( $class, $i ) = @_;
    return map { chr( $_ % 256 ) } 25 * $class, 7 * $i, $i / 8;
}

# Records as those of CIFAR: labels, then planes of 32 x 32.
sub records {
    my ( $n, $labels ) = @_;
    return map {
        my @labels = $labels->($_);
        join '', map( { chr } @labels ), map { $_ x 1024 } colours( $labels[-1], $_ )
    } 0 .. $n - 1;
}

sub png {
    my ( $side, @colour ) = @_;
    my $chunk = sub { my ( $type, $data ) = @_; pack 'N a4 a* N', length $data, $type, $data, crc32( $type . $data ) };
    return "\x89PNG\r\n\x1a\n", $chunk->( IHDR => pack 'N N C5', $side, $side, 8, 2, 0, 0, 0 ),
      $chunk->( IDAT => compress( ( "\0" . join( '', @colour ) x $side ) x $side ) ), $chunk->( IEND => '' );
}

my %make = (
    cifar10 => sub {
        my $folder = 'cifar-10-batches-bin';
        put( "$folder/data_batch_1.bin", records( 10000, sub { $_[0] % 10 } ) );
        link "$root/$folder/data_batch_1.bin", "$root/$folder/$_.bin" or die "$root/$folder/$_.bin: $!\n"
          for ( map { "data_batch_$_" } 2 .. 5 ), 'test_batch';
    },
    cifar100 => sub {
        my $labels = sub { ( $_[0] % 100 / 5, $_[0] % 100 ) };
        put( 'cifar-100-binary/train.bin', records( 50000, $labels ) );
        put( 'cifar-100-binary/test.bin',  records( 10000, $labels ) );
    },
    fashion_mnist => sub {
        for ( [ train => 60000 ], [ t10k => 10000 ] ) {
            my ( $half, $n ) = @$_;
            put( "fashion-mnist/$half-images-idx3-ubyte", pack( 'N4', 0x803, $n, 28, 28 ), map { chr( $_ % 256 ) x 784 } 1 .. $n );
            put( "fashion-mnist/$half-labels-idx1-ubyte", pack( 'N2', 0x801, $n ), map { chr( $_ % 10 ) } 1 .. $n );
        }
    },
    tiny_imagenet => sub {
        my $folder = 'tiny-imagenet-200';
        my @wnids  = map { "n0$_" } 1 .. 4;
        put( "$folder/wnids.txt", map { "$_\n" } @wnids );
        put( "$folder/val/val_annotations.txt", map { "val_$_.JPEG\t$wnids[$_ % 4]\t0\t0\t62\t61\n" } 0 .. 19 );
        put( "$folder/val/images/val_$_.JPEG", png( 64, colours( $_ % 4, $_ ) ) ) for 0 .. 19;
        for my $c ( 0 .. 3 ) {
            put( "$folder/train/$wnids[$c]/images/$wnids[$c]_$_.JPEG", png( 64, colours( $c, $_ ) ) ) for 0 .. 9;
        }
    },
    folder => sub {
        for my $c ( 0 .. 3 ) {
            put( "train/class $c/$_.png", png( 32, colours( $c, $_ ) ) )      for 0 .. 9;
            put( "test/class $c/$_.png",  png( 32, colours( $c, $_ + 10 ) ) ) for 0 .. 4;
        }
    },
);

for my $set ( @asked ? @asked : sort keys %make ) {
    die "sets.pl: no copy of the data set '$set' is made here\n" if !$make{$set};
    $make{$set}->();
}
