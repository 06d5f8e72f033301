#include "tests/system/postfix.h"

#include "tests/support/free_port.h"
#include "tests/system/eventually.h"
#include "tests/system/program.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <stdexcept>

namespace postrider::testing {

namespace {

namespace fs = std::filesystem;

const passwd& postfix_user() {
    const passwd* const user = ::getpwnam("postfix");
    if (!user) throw std::runtime_error("there is no user postfix");
    return *user;
}

void run(std::vector<std::string> command) {
    const Ran ran = run_program(command);
    if (ran.exit_code != 0) throw std::runtime_error(command[0] + " failed: " + ran.out + ran.err);
}

constexpr const char* master = R"(pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
local unix - n n - - local
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
)";

}  // namespace

std::string Postfix::obstacle() {
    if (!fs::exists("/usr/sbin/postfix")) return "Postfix is not installed";
    return ::geteuid() == 0 ? "" : "Postfix runs as root only";
}

Postfix::Postfix(const std::string& main, const std::string& aliases)
    : submission_port_(free_port()), submissions_port_(free_port()) {
    fs::permissions(folder_.path(), fs::perms(0755));
    for (const char* name : {"etc", "queue", "data", "mail"}) fs::create_directory(folder_.path() / name);
    for (const char* name : {"data", "mail"}) {
        if (::chown((folder_.path() / name).c_str(), postfix_user().pw_uid, postfix_user().pw_gid) != 0)
            throw std::runtime_error("cannot give a folder to postfix");
    }
    run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder_.path() / "key.pem", "-out",
         ca_file()});
    configure(main);
    run({"postalias", "-c", folder_.path() / "etc",
         "hash:" + folder_.write("etc/aliases", aliases).string()});
    run({"postfix", "-c", folder_.path() / "etc", "start"});
}

void Postfix::configure(const std::string& main) {
    const std::string root = folder_.path();
    folder_.write("etc/master.cf",
                  fmt::format("127.0.0.1:{} inet n - n - - smtpd\n"
                              "127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n{}",
                              submission_port_, submissions_port_, master));
    folder_.write("etc/main.cf", fmt::format(R"(compatibility_level = 3.6
queue_directory = {0}/queue
data_directory = {0}/data
maillog_file = {0}/log
maillog_file_prefixes = {0}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.test.example
mydestination = study.example
alias_maps = hash:{0}/etc/aliases
local_recipient_maps = $alias_maps
recipient_delimiter = +
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.net
virtual_mailbox_base = {0}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{1}
virtual_gid_maps = static:{2}
virtual_minimum_uid = 1
smtpd_tls_cert_file = {0}/cert.pem
smtpd_tls_key_file = {0}/key.pem
smtpd_tls_security_level = may
{3})",
                                             root, postfix_user().pw_uid, postfix_user().pw_gid, main));
}

Postfix::~Postfix() { run_program({"postfix", "-c", folder_.path() / "etc", "abort"}); }

std::vector<fs::path> Postfix::wait_for_mail(std::size_t count) const {
    std::vector<fs::path> files;
    eventually([&] {
        files.clear();
        const fs::path box = folder_.path() / "mail" / "box" / "new";
        if (!fs::exists(box)) return count == 0;
        for (const auto& entry : fs::directory_iterator(box)) files.push_back(entry.path());
        return files.size() >= count;
    });
    return files;
}

void Postfix::flush() const { run({"postqueue", "-c", folder_.path() / "etc", "-f"}); }

void Postfix::kill() {
    const std::string master_id = contents(folder_.path() / "queue/pid/master.pid");
    run_program({"pkill", "-KILL", "-P", std::to_string(std::stol(master_id)), "smtpd"});
    run_program({"kill", "-KILL", std::to_string(std::stol(master_id))});
}

}  // namespace postrider::testing
