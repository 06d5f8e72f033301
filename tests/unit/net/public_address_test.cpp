#include "lib/net/public_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace postrider {
namespace {

TEST(PublicAddressTest, AddressesOfTheInternetArePublic) {
    for (const char* address :
         {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1",
          "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
          "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"}) {
        EXPECT_TRUE(is_public_address(address)) << address;
    }
}

TEST(PublicAddressTest, AddressesOfOurOwnNetworksAreNot) {
    for (const char* address :
         {"0.0.0.0",         "0.1.2.3",        "10.0.0.1",       "10.255.255.255",  "100.64.0.1",
          "100.127.255.255", "127.0.0.1",      "127.8.8.8",      "169.254.169.254", "172.16.0.1",
          "172.31.255.255",  "192.0.0.1",      "192.0.2.1",      "192.88.99.1",     "192.168.1.1",
          "198.18.0.1",      "198.19.255.255", "198.51.100.7",   "203.0.113.7",     "224.0.0.1",
          "239.255.255.255", "240.0.0.1",      "255.255.255.255"}) {
        EXPECT_FALSE(is_public_address(address)) << address;
    }
}

TEST(PublicAddressTest, NorAreThoseOfIpv6OrWhatStandsForOne) {
    for (const char* address : {"::",
                                "::1",
                                "::8.8.8.8",
                                "::ffff:127.0.0.1",
                                "::ffff:10.0.0.1",
                                "::ffff:169.254.169.254",
                                "64:ff9b::7f00:1",
                                "64:ff9b::a00:1",
                                "64:ff9b:1::1",
                                "2002:7f00:1::1",
                                "2002:a00:1::1",
                                "2002:c0a8:101::",
                                "fe80::1",
                                "febf::1",
                                "fc00::1",
                                "fd12:3456::1",
                                "ff02::1",
                                "2001:db8::1",
                                "2001::1",
                                "2001:10::1",
                                "3fff::1",
                                "100::1",
                                "fec0::1"}) {
        EXPECT_FALSE(is_public_address(address)) << address;
    }
}

TEST(PublicAddressTest, WhatIsNoAddressIsNotPublic) {
    for (const char* text : {"", "localhost", "8.8.8", "8.8.8.8.8", "0x7f.1", "2130706433"}) {
        EXPECT_FALSE(is_public_address(text)) << text;
    }
    sockaddr unix_socket{};
    unix_socket.sa_family = AF_UNIX;
    EXPECT_FALSE(is_public_address(unix_socket));
}

}  // namespace
}  // namespace postrider
