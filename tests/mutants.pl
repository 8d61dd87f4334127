#!/usr/bin/perl
# Do the tests notice? Applies one deliberate error after the other to a copy of the sources, builds it and runs tests
# until one fails: first those that should notice, then all. Prints a line an error, and ends with 1 if one survived.
# What failed is in build/mutants.log. As many are made at a time as there are cores, each in a copy of its own.
# usage: mutants.pl LIST [--from N] [--to N] [WORDS]   of the errors with these numbers, whose description has the words
#        mutants.pl --list LIST     whether each error of the list still fits the sources; nothing is built
#        mutants.pl --table LIST    the table of tests/README.md, from the lines that were printed, on standard input
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
use Getopt::Long;

use constant TOO_LONG => 900;    # seconds: an error can make a test wait for ever

$| = 1;
my ( $only_list, $only_table, $from, $to ) = ( 0, 0, 1, 1e9 );
my $is_clear = GetOptions( 'list' => \$only_list, 'table' => \$only_table, 'from=i' => \$from, 'to=i' => \$to );
my ( $list, $words ) = @ARGV;
die "usage: mutants.pl [--list | --table] LIST [--from N] [--to N] [WORDS]\n" if !$is_clear || !defined $list;
my $root = abs_path( dirname($0) . '/..' );

sub contents {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$file> // '';
}

sub write_to {
    my ( $path, $text, $mode ) = @_;
    open my $file, $mode // '>', $path or die "$path: $!\n";
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
        push @errors,
          { n => @errors + 1, what => $what, path => $path, old => join( "\n", @old ), new => join( "\n", @new ), tests => \@tests };
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

# The areas in the order of the list: how many errors, and by which tests they were noticed.
sub print_table {
    my ( @areas, %tests, %errors );
    for (<STDIN>) {
        my ( $area, $test ) = /^ *\d+  ([^:]+): .* (\S+) +\d+ s$/ or next;
        push @areas, $area if !$errors{$area}++;
        $tests{$area}{$test}++;
    }
    print "| errors in | how many | noticed by |\n|---|---|---|\n";
    print map { "| $_ | $errors{$_} | " . join( ', ', sort keys %{ $tests{$_} } ) . " |\n" } @areas;
}

if ($only_table) {
    print_table();
    exit 0;
}
my @errors = errors();
my @misfits = misfits(@errors);
print map { "$_\n" } @misfits;
if ($only_list) {
    printf "%d errors\n", scalar @errors;
    exit( @misfits > 0 );
}
exit 1 if @misfits;
@errors = grep { $_->{n} >= $from && $_->{n} <= $to && index( $_->{what}, $words // '' ) >= 0 } @errors;
die "there is no such error in the list\n" if !@errors;

my $copies  = tempdir( 'bm-mutants-XXXXXX', TMPDIR => 1, CLEANUP => 1 );
my $log     = "$root/build/mutants.log";
my $ccache  = grep { -x "$_/ccache" } split /:/, $ENV{PATH};
delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS)};
my @children;    # of this process: the others that make errors, or make
$SIG{$_} = sub { kill 'TERM', @children; exit 1 }
  for qw(INT TERM HUP);

sub start {
    my ($body) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    @children = ();
    $body->();
    exit 1;
}

# Without what debuggers want: that is half of what a linker has to do, and makes copies different for ccache.
sub make {
    my ( $copy, $jobs, $patience, @arguments ) = @_;
    my @command = ( 'timeout', $patience, 'make', '-C', $copy, '-s', "-j$jobs", 'BENCHES=', 'CFLAGS=', 'CC=' . ( $ccache ? 'ccache cc' : 'cc' ) );
    @children = start( sub { exec 'sh', '-c', 'log=$1; shift; exec "$@" >"$log" 2>&1', '-', "$copy/mutants.log", @command, @arguments } );
    waitpid $children[0], 0;
    @children = ();
    return $? & 127 ? 1 : $? >> 8;
}

sub program {
    my ($test) = @_;
    return -e "$root/tests/double/$test.c" ? "build/tests/double/$test" : "build/tests/$test";
}

# What tests need of make: programs that shell tests call are built, and not run.
sub targets {
    my @shell    = grep { -e "$root/tests/cli/$_.t" } @_;
    my @units    = grep { !-e "$root/tests/cli/$_.t" } @_;
    my @fixtures = map { contents("$root/tests/cli/$_.t") =~ m{\$build/(tests/\w+)}g } @shell;
    return ( 'run-tests', 'FIXTURES=' . join( ' ', map { "build/$_" } @fixtures ),
        'UNIT_TESTS=' . join( ' ', map { program($_) } @units ),
        'CLI_TESTS=' . join( ' ', map { "tests/cli/$_.t" } @shell ) );
}

# But the one that compares the list with the sources, which would notice everything.
sub all_tests {
    return grep { $_ ne 'mutants' } map { basename($_) =~ s/\.[ct]$//r } glob("$root/tests/unit/*.c $root/tests/double/*.c $root/tests/cli/*.t");
}

# The test that failed, 'the compiler', or undef.
sub noticed {
    my ( $error, $copy ) = @_;
    my %tried;
    for my $test ( @{ $error->{tests} }, all_tests() ) {
        next if $tried{$test}++;
        my $status = make( $copy, 1, TOO_LONG, targets($test) ) or next;
        my $said = contents("$copy/mutants.log");
        write_to( $log, "==== $error->{n} $error->{what}: $test, status $status\n$said", '>>' );
        return $status == 124 || $said =~ /^\d+ passed, \d+ failed, \d+ skipped$/m ? $test : 'the compiler';
    }
    return undef;
}

sub try_error {
    my ( $error, $copy ) = @_;
    my $path    = "$copy/$error->{path}";
    my $text    = contents($path);
    my $pattern = pattern($error);
    my $began   = time;
    write_to( $path, $text =~ s/$pattern/$error->{new}/r );
    my $by = noticed( $error, $copy );
    write_to( $path, $text );
    printf "%3d  %-75s %-20s %4d s\n", $error->{n}, $error->{what}, $by // 'SURVIVED', time - $began;
    return !defined $by || $by eq 'the compiler';
}

# The places of errors come through a pipe, so that whoever is free takes the next one.
sub work {
    my ( $copy, $queue ) = @_;
    my $survivors = 0;
    while ( sysread( $queue, my $place, 4 ) ) {
        $survivors += try_error( $errors[ unpack 'N', $place ], $copy );
    }
    exit( $survivors > 255 ? 255 : $survivors );
}

sub build_first {
    my ( $copy, $cores ) = @_;
    mkdir $copy or die "$copy: $!\n";
    system( 'sh', '-c', 'cd "$1" && git ls-files -z | xargs -0 cp --parents -t "$2" && mkdir -p build', '-', $root, $copy ) == 0
      or die "cannot copy the sources\n";
    my %named = map { $_ => 1 } map { @{ $_->{tests} } } @errors;
    make( $copy, $cores, 0, targets( sort keys %named ) ) == 0
      or die contents("$copy/mutants.log"), "these tests do not pass without an error\n";
}

my $cores = `nproc` + 0;
$cores = @errors if $cores > @errors;
build_first( "$copies/1", $cores );
for my $i ( 2 .. $cores ) {
    system( 'cp', '-a', "$copies/1", "$copies/$i" ) == 0 or die "cannot copy what was built\n";
}
write_to( $log, '' );
pipe my $queue, my $end or die "pipe: $!\n";
print $end map { pack 'N', $_ } 0 .. $#errors;
close $end;
for my $i ( 1 .. $cores ) {
    push @children, start( sub { work( "$copies/$i", $queue ) } );
}
my $survivors = 0;
for my $pid (@children) {
    waitpid $pid, 0;
    $survivors += $? & 127 ? 1 : $? >> 8;
}
printf "%d errors, %d survived\n", scalar @errors, $survivors;
exit( $survivors > 0 );
