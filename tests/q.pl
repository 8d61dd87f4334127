#!/usr/bin/perl
# Do the tests notice? Applies one deliberate error after the other to a copy of the sources, builds it and runs tests
# until one fails: first those that should notice, then all. Prints a line an error, and ends with 1 if one survived.
# usage: mutants.pl LIST [WORDS]   of the errors whose description has the words
#        mutants.pl --list LIST    whether each error of the list still fits the sources; nothing is built
#
# An error in the list is a description, a file, what it says, what it says instead, and tests that should notice:
#
#     labels: every label is true
#     src/dataset/common/labels.c
#     < *noisy = bm_noisy_images(split->n, noise);
#     > *noisy = 0;
#     test_data summaries
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename;
use File::Temp 'tempdir';

use constant TOO_LONG => 900;    # seconds: an error can make a test wait for ever

$| = 1;
my $only_list = @ARGV && $ARGV[0] eq '--list' ? shift : '';
my ( $list, $words ) = @ARGV;
die "usage: mutants.pl [--list] LIST [WORDS]\n" if !defined $list;
my $root = abs_path( dirname($0) . '/..' );

sub contents {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

sub write_to {
    my ( $path, $text ) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print $file $text or die "$path: $!\n";
    close $file or die "$path: $!\n";
}

sub errors {
    my @errors;
    for my $block ( split /\n\n+/, contents($list) =~ s/^#.*\n//gmr ) {
        my ( $what, $path, @rest ) = grep { $_ ne '' } split /\n/, $block;
        next if !defined $what;
        my @old = map { /^< (.*)/ ? $1 : () } @rest;
        my @new = map { /^> ?(.*)/ ? $1 : () } @rest;
        my @tests = map { /^[<>]/ ? () : split } @rest;
        die "$list: '$what' is not complete\n" if !@old || !@new || !@tests;
        push @errors, { what => $what, path => $path, old => join( "\n", @old ), new => join( "\n", @new ), tests => \@tests };
    }
    return @errors;
}

# How lines look in the file is not told in the list: each may be indented.
sub pattern {
    my ($error) = @_;
    my $lines = join '\n\s*', map { quotemeta } split /\n/, $error->{old};
    return qr/$lines/;
}

sub misfits {
    my @misfits;
    for my $error (@_) {
        my $pattern = pattern($error);
        my $times = () = contents("$root/$error->{path}") =~ /$pattern/g;
        push @misfits, "$error->{what}: $error->{path} has it $times times, expected once" if $times != 1;
        for my $test ( @{ $error->{tests} } ) {
            push @misfits, "$error->{what}: there is no test $test"
              if !grep { -e "$root/tests/$_" } "unit/$test.c", "double/$test.c", "cli/$test.t";
        }
    }
    return @misfits;
}

my @errors = errors();
my @misfits = misfits(@errors);
print map { "$_\n" } @misfits;
if ($only_list) {
    printf "%d errors\n", scalar @errors;
    exit( @misfits > 0 );
}
exit 1 if @misfits;
@errors = grep { index( $_->{what}, $words ) >= 0 } @errors if defined $words;

my $copy = tempdir( 'bm-mutants-XXXXXX', TMPDIR => 1, CLEANUP => 1 );
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
system( 'sh', '-c', 'cd "$1" && git ls-files -z | xargs -0 cp --parents -t "$2"', '-', $root, $copy ) == 0
  or die "cannot copy the sources\n";

# Of make: where the programs of unit tests and the shell tests are found.
sub targets {
    my ($test) = @_;
    return ( "UNIT_TESTS=build/tests/$test",        'CLI_TESTS=' ) if -e "$copy/tests/unit/$test.c";
    return ( "UNIT_TESTS=build/tests/double/$test", 'CLI_TESTS=' ) if -e "$copy/tests/double/$test.c";
    return ( 'UNIT_TESTS=', "CLI_TESTS=tests/cli/$test.t" );
}

sub make {
    my (@arguments) = @_;
    my $log = "$copy/mutants.log";
    my @command = ( 'timeout', TOO_LONG, 'make', '-C', $copy, '-s', '-j' . ( `nproc` + 0 ), 'BENCHES=', @arguments );
    return system( 'sh', '-c', 'log=$1; shift; exec "$@" >"$log" 2>&1', '-', $log, @command ) == 0;
}

sub all_tests {
    return map { basename($_) =~ s/\.[ct]$//r } glob("$copy/tests/unit/*.c $copy/tests/double/*.c $copy/tests/cli/*.t");
}

# The test that failed, 'the compiler', or undef.
sub noticed {
    my ($error) = @_;
    my %tried;
    return 'the compiler' if !make('all');
    for my $test ( @{ $error->{tests} } ) {
        next if $tried{$test}++;
        my @targets = targets($test);
        return 'the compiler' if !make( 'unit', @targets );
        return $test if !make( 'run-tests', @targets );
    }
    return undef;
}

die "it does not build without an error\n" if !make('all');
my ( $survivors, $n ) = ( 0, 0 );
for my $error (@errors) {
    my $path = "$copy/$error->{path}";
    my $text = contents($path);
    my $pattern = pattern($error);
    my $began = time;
    write_to( $path, $text =~ s/$pattern/$error->{new}/r );
    my $by = noticed($error);
    write_to( $path, $text );
    $survivors += !defined $by || $by eq 'the compiler';
    printf "%3d  %-70s %-22s %4d s\n", ++$n, $error->{what}, $by // 'SURVIVED', time - $began;
}
printf "%d errors, %d survived\n", $n, $survivors;
exit( $survivors > 0 );
