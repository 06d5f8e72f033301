#include "lib/async/task.h"

#include <boost/asio/error.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/system/system_error.hpp>

namespace postrider {

bool was_cancelled(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& caught) {
        return caught.code() == boost::asio::error::operation_aborted;
    } catch (const boost::asio::multiple_exceptions& caught) {  // from `a || b`, cancelled as one
        return was_cancelled(caught.first_exception());
    } catch (...) {
        return false;
    }
}

std::string describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::asio::multiple_exceptions& caught) {
        return describe(caught.first_exception());
    } catch (const std::exception& caught) {
        std::string what = caught.what();
        while (what.ends_with('\n')) what.pop_back();  // libpq's end in one
        return what;
    } catch (...) {
        return "an exception of unknown type";
    }
}

}  // namespace postrider
