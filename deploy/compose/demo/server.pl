#!/usr/bin/perl
# A little HTTP server that says its name.   server.pl PORT
# After SIGTERM it goes on for three seconds, so that those who balance it can notice.
use strict;
use warnings;
use IO::Socket::INET;

my $stopping = 0;
$SIG{CHLD} = 'IGNORE';
$SIG{INT}  = sub { exit 0 };
$SIG{ALRM} = sub { exit 0 };
$SIG{TERM} = sub { alarm 3 unless $stopping++ };
my $name = $ENV{NAME} || $ENV{HOSTNAME} || 'demo';
my $server = IO::Socket::INET->new(LocalPort => $ARGV[0] || 8000, Listen => 128, ReuseAddr => 1) or die "listen: $@\n";

sub answer {
  my $client = shift;
  my $request = <$client> // return;
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  my ($status, $body) = $request =~ /^(GET|HEAD) / ? ('200 OK', "hello from $name\n") : ('405 Method Not Allowed', "GET only\n");
  print $client "HTTP/1.1 $status\r\nContent-Type: text/plain\r\nContent-Length: ", length $body, "\r\nConnection: close\r\n\r\n",
    $request =~ /^HEAD / ? '' : $body;
}

while (1) {
  my $client = $server->accept or next;
  if (!fork) {
    $SIG{TERM} = 'IGNORE';
    alarm 10;
    answer($client);
    exit 0;
  }
  close $client;
}
