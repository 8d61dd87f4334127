#!/usr/bin/perl
# Runs tests as prove does, and ends with what prove keeps to itself: what a case that failed had printed, how a test
# ended that was over before its plan, what was skipped and why, and how many there were of each.
# usage: suite.pl REASONS TEST...   a case that is skipped for a reason that does not match REASONS has failed; an empty
#                                   expression allows none
# environment: BM_AT_ONCE           tests that run at the same time (1)
use strict;
use warnings;
use TAP::Harness;

$| = 1;    # what there is to see is seen when it happens, in files as well

use constant LINES => 30;    # shown of what a case printed

my ( $reasons, @tests ) = @ARGV;
my ( %skipped, @problems );
my %count = ( passed => 0, failed => 0, skipped => 0 );

sub problem {
    my ( $test, $what, @printed ) = @_;
    $count{failed}++;
    splice @printed, 0, -LINES() if @printed > LINES;
    push @problems, "$test: $what", map { "    $_" } @printed;
}

sub skip {
    my ( $test, $what, $reason ) = @_;
    return problem( $test, "$what is skipped, but must not be: $reason" ) if $reasons eq '' || $reason !~ /$reasons/;
    $count{skipped}++;
    $skipped{$reason}{$test}++;
}

sub ending {
    my ($parser) = @_;
    my $signal = $parser->wait & 127;
    return ( $signal ? "was killed by signal $signal" : 'ended with status ' . $parser->exit )
      . ( $parser->is_good_plan ? '' : ' before its plan' );
}

# What is printed before a case, or behind one that has failed, belongs to it.
sub watch {
    my ( $parser, $job ) = @_;
    my $test = $job->[1];
    my ( $failure, @printed );
    my $case = sub {
        my ($line) = @_;
        if ( defined $failure ) {
            problem( $test, $failure, @printed );
            ( $failure, @printed ) = ();
        }
        if ( !$line->is_ok ) {
            $failure = $line->as_string;
            return;
        }
        @printed = ();
        if   ( $line->has_skip ) { skip( $test, $line->as_string =~ s/\s*#.*//r, $line->explanation ) }
        else                     { $count{passed}++ }
    };
    $parser->callback( test => $case );
    $parser->callback( plan => sub { skip( $test, 'all', $_[0]->explanation ) if $_[0]->has_skip } );
    $parser->callback( $_ => sub { push @printed, $_[0]->as_string } ) for 'comment', 'unknown';
    $parser->callback(
        EOF => sub {
            my $ended_well = $parser->is_good_plan && !( $parser->wait & 127 ) && ( !$parser->exit || $parser->failed );
            problem( $test, $failure, @printed ) if defined $failure;
            problem( $test, ending($parser), defined $failure ? () : @printed ) unless $ended_well;
        } );
}

my $harness = TAP::Harness->new(
    { exec => [], merge => 1, timer => 1, color => -t STDOUT ? 1 : 0, jobs => $ENV{BM_AT_ONCE} || 1 } );
$harness->callback( made_parser => \&watch );
$harness->runtests(@tests);
print map { "$_\n" } @problems;
for my $reason ( sort keys %skipped ) {
    print "skipped: $reason: ", join( ', ', map { "$skipped{$reason}{$_} of $_" } sort keys %{ $skipped{$reason} } ), "\n";
}
print "$count{passed} passed, $count{failed} failed, $count{skipped} skipped\n";
exit( $count{failed} > 0 );
