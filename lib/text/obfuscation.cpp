#include "lib/text/obfuscation.h"

#include "lib/text/utf8.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>

namespace postrider {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t shown = 5;  // digits at the end
constexpr int north_america = 1;

}  // namespace

std::string obfuscated(std::string_view address, std::string_view region) {
    const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (!is_utf8(address) || library.Parse(std::string(address), std::string(region), &number) !=
                                 PhoneNumberUtil::NO_PARSING_ERROR)
        return std::string(address);
    std::string written;
    library.Format(number, PhoneNumberUtil::E164, &written);
    std::size_t begin = 0;
    std::size_t end = written.size() - std::min(written.size(), shown);
    if (number.country_code() == north_america && library.IsValidNumber(number)) {
        begin = 2;  // behind "+1"
        end = begin + 5;
    }
    std::fill(written.begin() + static_cast<std::ptrdiff_t>(begin),
              written.begin() + static_cast<std::ptrdiff_t>(end), 'X');
    return written;
}

}  // namespace postrider
